import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";
import { addFailedFile } from "../../helper/past-work.ts";

test("status says how the daemon and each agent are", async () => {
  await using door = await openDoor({ yaml: "budget: { requests_per_day: 9 }" });
  addFailedFile(door.journal, door.folder.file("inbox/a.md"));
  const { status, headers, body } = await door.send("GET", "/api/status");
  expect([status, body]).toMatchObject([
    200,
    {
      state: "idle",
      paused_until: null,
      queue: { pending: 0, working: 0, failed: 1 },
      model: { provider: "rules", name: "rules", base_url: null, reachable: true },
      budget: { spent_usd: 0, spent_tokens: 0, requests: 0, limits: { requests_per_day: 9 } },
      agents: [{ id: "inbox" }, { id: "mail" }, { id: "notes" }],
      problems: [],
    },
  ]);
  expect(headers.get("content-type")).toMatch(/^application\/json/);
});
