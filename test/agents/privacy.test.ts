import { expect, test } from "vitest";
import { createPrivacy, type Privacy } from "../../daemon/agents/privacy.ts";
import type { Sends } from "../../daemon/core/sends.ts";
import { type Agent, agentSchema, modelSchema } from "../../daemon/protocol/agent.ts";
import { openTestJournal } from "../helper/test-journal.ts";

type Written = { path: string; sends?: Sends; fallback?: "rules" };

function agent(id: string, ...directories: Written[]): { agent: Agent } {
  const written = agentSchema.parse({ id, directories });
  return { agent: { ...written, name: id, model: modelSchema.parse({}) } };
}

const said = (privacy: Privacy, agent_id: string, path: string, root: string): Sends[] =>
  privacy.of({ agent_id, path, root }).map(({ sends }) => sends);

test("the deepest directory of an agent decides, and the top level for those that say nothing", async () => {
  using opened = await openTestJournal();
  const privacy = createPrivacy(opened.journal);
  const directories = [{ path: "/in" }, { path: "/in/health", sends: "never" as const }];
  privacy.update({ sends: "loopback" }, [agent("a", ...directories)]);
  expect(said(privacy, "a", "/in/x.md", "/in")).toEqual(["loopback"]);
  expect(said(privacy, "a", "/in/health/x.md", "/in")).toEqual(["never"]);
  expect(said(privacy, "a", "/in/healthy.md", "/in")).toEqual(["loopback"]);
  expect(privacy.isOpen()).toBe(false);
});

test("what an agent says of a directory holds for other agents, unless they say it themselves there or deeper", async () => {
  using opened = await openTestJournal();
  const privacy = createPrivacy(opened.journal);
  privacy.update({ sends: "any" }, [
    agent("a", { path: "/home/health", sends: "never" }),
    agent("b", { path: "/home" }),
    agent("c", { path: "/home", sends: "any" }),
    agent("d", { path: "/home/health", sends: "any" }),
    agent("e", { path: "/home/health/bills", sends: "any" }),
  ]);
  const bill = "/home/health/bills/1.md";
  expect(said(privacy, "a", bill, "/home/health")).toContain("never");
  expect(said(privacy, "b", bill, "/home")).toContain("never");
  expect(said(privacy, "b", "/home/x.md", "/home")).not.toContain("never");
  expect(said(privacy, "c", bill, "/home")).toContain("never");
  expect(said(privacy, "d", bill, "/home/health")).not.toContain("never");
  expect(said(privacy, "e", bill, "/home/health/bills")).not.toContain("never");
});

test("a directory that left keeps what was last said of it, also for a process that begins later", async () => {
  using opened = await openTestJournal();
  const before = createPrivacy(opened.journal);
  before.update({ sends: "loopback" }, [
    agent("a", { path: "/own", sends: "never" }, { path: "/general" }),
  ]);
  const privacy = createPrivacy(opened.journal);
  privacy.update({ sends: "any" }, [agent("a", { path: "/other" })]);
  expect(said(privacy, "a", "/own/x.md", "/own")).toEqual(["never"]);
  expect(said(privacy, "a", "/general/x.md", "/general")).toEqual(["loopback", "any"]);
  expect(privacy.isOpen()).toBe(false);
  privacy.update({ sends: "never" }, [agent("a", { path: "/other" })]);
  expect(said(privacy, "a", "/general/x.md", "/general")).toEqual(["loopback", "never"]);
  privacy.update({ sends: "any" }, [agent("a", { path: "/own" }, { path: "/general" })]);
  expect(said(privacy, "a", "/own/x.md", "/own")).toEqual(["any"]);
});

test("the fallback of a directory outranks that of the top level", async () => {
  using opened = await openTestJournal();
  const privacy = createPrivacy(opened.journal);
  const file = { agent_id: "a", path: "/in/x.md", root: "/in" };
  privacy.update({ sends: "never" }, [agent("a", { path: "/in" })]);
  expect(privacy.hasFallback(file)).toBe(false);
  privacy.update({ sends: "never" }, [agent("a", { path: "/in", fallback: "rules" })]);
  expect(privacy.hasFallback(file)).toBe(true);
  privacy.update({ sends: "never", fallback: "rules" }, [agent("a", { path: "/in" })]);
  expect(privacy.hasFallback(file)).toBe(true);
});

test("what is known of no directory at all may be sent as the top level says", async () => {
  using opened = await openTestJournal();
  const privacy = createPrivacy(opened.journal);
  privacy.update({ sends: "any" }, []);
  expect(said(privacy, "gone", "/old/x.md", "/old")).toEqual(["any"]);
  privacy.update({ sends: "never" }, []);
  expect(said(privacy, "gone", "/old/x.md", "/old")).toEqual(["never"]);
});
