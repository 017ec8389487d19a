import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** A server with the daemon's door, as a process of any user. */
export interface Door extends AsyncDisposable {
  url: string;
  /** The paths that were asked for. */
  asked(): Promise<string[]>;
}

/** Only root can start one of another user. */
export async function startDoor(uid: number): Promise<Door> {
  const child = fork(path.join(import.meta.dirname, "door-main.ts"), [String(uid)], { cwd: "/" });
  const exited = once(child, "exit");
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  return {
    url,
    async asked() {
      const answer = once(child, "message");
      child.send("asked");
      const [{ asked }] = (await answer) as [{ asked: string[] }];
      return asked;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
