import { test } from "vitest";
import { hurriedClock, startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

const FIVE_YEARS_MS = 5 * 365 * 86_400_000;

test.each(["while the daemon runs", "while no daemon runs"])(
  "a file that was put off by a clock years ahead is tried once the clock is right, set %s",
  async (when) => {
    using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
    let isUp = false;
    await using server = await startScriptedServer((request) =>
      isUp ? answerDocument(request) : status(401, { error: { message: "no" } }),
    );
    const clock = hurriedClock();
    clock.jump(FIVE_YEARS_MS);
    const config = `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}" }], settle_seconds: 0 }]
`;
    let daemon = await startTestDaemon(folder, config, clock);
    const findFile = async () => (await daemon.client.files()).items[0];
    try {
      await waitFor("the file is put off until 203x", async () =>
        (await findFile())?.next_attempt_at?.startsWith("203"),
      );
      isUp = true;
      if (when === "while the daemon runs") clock.jump(-FIVE_YEARS_MS);
      else {
        await daemon[Symbol.asyncDispose]();
        clock.jump(-FIVE_YEARS_MS);
        daemon = await startTestDaemon(folder, undefined, clock);
      }
      await waitFor("it is done", async () => (await findFile())?.state === "done");
    } finally {
      await daemon[Symbol.asyncDispose]();
    }
  },
);
