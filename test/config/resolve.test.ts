import { mkdirSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { agentSchema } from "../../daemon/protocol/agent.ts";
import { realPath, resolveAgent } from "../../daemon/config/resolve.ts";
import type { ResolvedAgent } from "../../daemon/config/resolve.ts";
import { testFolder } from "../helper/folder.ts";

function resolve(paths: string[], env: Record<string, string> = {}): ResolvedAgent {
  const directories = paths.map((path) => ({ path }));
  return resolveAgent(agentSchema.parse({ id: "a", directories }), {
    env,
    userHome: "/home/ada",
    model: {},
    realPath,
  });
}
const pathsOf = ({ agent }: ResolvedAgent): string[] => agent.directories.map(({ path }) => path);

test("a directory is real: links followed, no ~, no dots, no slash at its end", () => {
  using folder = testFolder({ "real/in/a.md": "" });
  symlinkSync(folder.file("real"), folder.file("link"));
  expect(pathsOf(resolve([`${folder.path}/link/in/`, `${folder.path}/./real//`]))).toEqual([
    folder.file("real/in"),
    folder.file("real"),
  ]);
  expect(pathsOf(resolve(["~", "~/x/", "/"]))).toEqual(["/home/ada", "/home/ada/x", "/"]);
});

test("a directory that does not exist yet keeps its path once it does", () => {
  using folder = testFolder({ "real/a.md": "" });
  symlinkSync(folder.file("real"), folder.file("link"));
  const before = pathsOf(resolve([`${folder.path}/link/later/in`]));
  mkdirSync(folder.file("real/later/in"), { recursive: true });
  expect(before).toEqual(pathsOf(resolve([`${folder.path}/link/later/in`])));
});

test("an unset variable in a path is a problem of its agent, whose other directories work on", () => {
  const resolved = resolve(["${DOCS}/in", "/nowhere/b"], { DOCS: "" });
  expect(pathsOf(resolved)).toEqual(["${DOCS}/in", "/nowhere/b"]);
  expect(resolved.problems).toEqual([
    {
      code: "variable_unset",
      agent_id: "a",
      message: "The variable DOCS in directories[0].path is not set.",
      hint: expect.stringContaining("DOCS=…"),
    },
  ]);
  expect(resolved.ready).toBe(true);
});

test("a variable may hold a path below ~, and one that holds no absolute path is a problem", () => {
  expect(pathsOf(resolve(["${DOCS}/in"], { DOCS: "~/docs" }))).toEqual(["/home/ada/docs/in"]);
  expect(resolve(["${DOCS}"], { DOCS: "docs" }).problems).toMatchObject([
    { code: "path_not_absolute", agent_id: "a" },
  ]);
});

test("of two paths to one directory the first counts, and the second is a problem", () => {
  using folder = testFolder({ "real/a.md": "" });
  symlinkSync(folder.file("real"), folder.file("link"));
  const resolved = resolve([folder.file("link"), folder.file("real")]);
  expect(pathsOf(resolved)).toEqual([folder.file("real")]);
  expect(resolved.problems).toMatchObject([{ code: "directory_repeated", agent_id: "a" }]);
});
