import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { type RecordedRequest, startScriptedServer } from "../helper/scripted-server.ts";

/** The tools of the requests about a file, each set once. */
function toolsOf(requests: readonly RecordedRequest[], file: string): string[] {
  const about = requests.filter((request) => readDocument(request).file === file);
  const names = about.map(({ body }) => body.tools?.map((tool) => tool.function.name) ?? []);
  return [...new Set(names.map((of) => of.join(" ")))];
}

const ALL =
  "list_projects create_project update_project list_tasks create_task update_task list_notes create_note update_note search finish";
const FOR_NEW = "create_project create_task create_note search finish";

const first = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`in/${index}.md`, `# Page ${index}\n`]),
);

test.each([
  ["without a cache a new file gets the tools for new things", 0, FOR_NEW],
  ["with a cache all files get the same tools", 1_024, ALL],
])("%s", async (_, cached_tokens, ofNew) => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Call the notary\n", ...first });
  // It counts about as many as a prompt has, or a cut prompt would be suspected.
  await using server = await startScriptedServer((request) => {
    const prompt_tokens = Math.ceil(JSON.stringify(request.body).length / 4);
    const usage = {
      prompt_tokens,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens },
    };
    return answerDocument(request, usage);
  });
  // Another address of this machine, which counts as one of another.
  const url = server.url.replace("127.0.0.1", "0.0.0.0");
  const config = `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [{ id: test, confirm_above_files: 99, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`;
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ files: { processed: 9 } });
  const [earliest] = server.requests;
  if (earliest === undefined) throw new Error("Nothing was asked.");
  expect(toolsOf([earliest], readDocument(earliest).file ?? "")).toEqual([ALL]);

  folder.write("in/new.md", "# Another page\n");
  folder.write("in/names.md", "# Monday\n\nThe notary was called.\n");
  folder.write("in/a.md", "# A\n\n- [x] Call the notary\n");
  const begun = server.requests.length;
  expect(await daemon.run("test")).toMatchObject({ files: { processed: 3 } });
  const later = server.requests.slice(begun);
  expect(toolsOf(later, "new.md")).toEqual([ofNew]);
  expect(toolsOf(later, "names.md")).toEqual([ALL]);
  expect(toolsOf(later, "a.md")).toEqual([ALL]);
});
