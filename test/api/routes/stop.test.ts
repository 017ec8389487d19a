import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test, vi } from "vitest";
import { openServer } from "../../helper/open-server.ts";

// Node's own word that an answer has been handed to the system.
const FINISHED = "http.server.response.finish";

test("stop answers before it stops", async () => {
  const order: string[] = [];
  const onFinished = (): void => void order.push("answered");
  const stop = (): void => void order.push("stopped");
  await using server = await openServer({ control: { stop } });
  subscribe(FINISHED, onFinished);
  try {
    const answer = await server.send("POST", "/api/stop");
    expect([answer.status, answer.body]).toEqual([202, { stopping: true }]);
    await vi.waitFor(() => expect(order).toEqual(["answered", "stopped"]));
  } finally {
    unsubscribe(FINISHED, onFinished);
  }
});
