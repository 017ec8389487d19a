import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { daemonFileSchema } from "../../daemon/protocol/api.ts";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import { openEvents } from "../helper/event-reader.ts";
import { testHome } from "../helper/program.ts";

test("over SIGKILLs in the middle of a run, every event is told once and in order, and none is missing", async () => {
  const documents = Array.from({ length: 150 }, (_, at) => [
    `in/${at}.md`,
    `# Meeting ${at}\n\n- [ ] Task ${at}\n`,
  ]);
  await using home = testHome(Object.fromEntries(documents));
  home.configure(`agents: [{ id: test, directories: [{ path: "${home.file("in")}" }] }]\n`);
  const seen: ToldEvent[] = [];
  const place = () =>
    daemonFileSchema.parse(JSON.parse(readFileSync(home.file("home/daemon.json"), "utf8")));
  for (let kill = 0; kill < 3; kill += 1) {
    const program = home.start();
    await home.connect();
    const reader = await openEvents(place(), seen.at(-1)?.event_id ?? 0);
    await reader.until(40);
    await program.end("SIGKILL");
    await reader.ended;
    seen.push(...reader.events());
  }
  home.start();
  await home.connect();
  await using reader = await openEvents(place(), seen.at(-1)?.event_id ?? 0);
  await reader.find("the run ends", ({ type }) => type === "run.completed");
  seen.push(...reader.events());
  expect(seen.map(({ event_id }) => event_id)).toEqual(seen.map((_, at) => at + 1));
  const count = (type: string): number => seen.filter((event) => event.type === type).length;
  expect(count("file.done")).toBe(150);
  expect([count("run.started"), count("run.completed"), count("stream.reset")]).toEqual([1, 1, 0]);
});
