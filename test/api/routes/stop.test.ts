import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test, vi } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

// Node's own word that an answer has been handed to the system.
const FINISHED = "http.server.response.finish";

test("stop answers before it stops", async () => {
  await using door = await openDoor();
  const order: string[] = [];
  const onFinished = (): void => void order.push("answered");
  door.control.stop = () => void order.push("stopped");
  subscribe(FINISHED, onFinished);
  try {
    const answer = await door.send("POST", "/api/stop");
    expect([answer.status, answer.body]).toEqual([202, { stopping: true }]);
    await vi.waitFor(() => expect(order).toEqual(["answered", "stopped"]));
  } finally {
    unsubscribe(FINISHED, onFinished);
  }
});
