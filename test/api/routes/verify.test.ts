import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("verify checks all agents, or the one that is named", async () => {
  await using door = await openDoor({ files: { "mail/lost.md": "# Lost\n" } });
  const { status, body } = await door.send("GET", "/api/verify");
  const path = (name: string): string => door.folder.file(name);
  expect([status, body]).toMatchObject([
    200,
    {
      complete: false,
      directories: [
        { agent_id: "inbox", path: path("inbox"), unaccounted: [] },
        { agent_id: "mail", path: path("mail"), unaccounted: [path("mail/lost.md")] },
        { agent_id: "notes", path: path("notes"), unaccounted: [] },
      ],
    },
  ]);
  const one = await door.send("GET", "/api/verify?agent_id=inbox");
  expect(one.body).toMatchObject({ complete: true, directories: [{ agent_id: "inbox" }] });
  const missing = await door.send("GET", "/api/verify?agent_id=nope");
  expect([missing.status, missing.body.code]).toEqual([404, "agent_not_found"]);
});
