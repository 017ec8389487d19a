import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** An address that signs in: the origin of the page, and the code. */
export interface SignInAddress {
  page_url: string;
  code: string;
}

/** The first such address in a text. */
export function findSignInAddress(text: string): SignInAddress | undefined {
  const [, page_url, code] = /(http:\/\/[\w.:-]+)\/[^#\s]*#code=([\w-]{43})/u.exec(text) ?? [];
  return page_url === undefined || code === undefined ? undefined : { page_url, code };
}

/** What the other user found in the arguments of programs. */
export interface Loot {
  /** How often it looked at all programs. */
  passes: number;
  codes: string[];
  /** Files with a code that it could read. */
  files: number;
  /** How many codes the daemon gave it the token for. */
  tokens: number;
}

export type Asked =
  | { do: "steal" }
  | { do: "report" }
  | { do: "send"; port: number; host: string; message: string }
  | { do: "hold"; port: number; host: string; count: number }
  | { do: "hangUp"; port: number; host: string; message: string }
  | { do: "flood"; port: number; host: string }
  | { do: "flooded" }
  | { do: "held" };

/** Another user of this machine. */
export interface Neighbour extends AsyncDisposable {
  /** Looks for codes in the arguments of programs from now on, and redeems them where they lead. */
  steal(): Promise<void>;
  report(): Promise<Loot>;
  /** Writes these bytes to the port and gives everything that comes back. */
  send(url: string, message: string): Promise<string>;
  /** Opens connections and sends nothing. */
  hold(url: string, count: number): Promise<void>;
  /** Writes these bytes to the port and closes the connection at once. */
  hangUp(url: string, message: string): Promise<void>;
  /** Opens 60 connections every 5 ms from now on, as long as fewer than 1,500 are open. */
  flood(url: string): Promise<void>;
  /** How many it has opened. */
  flooded(): Promise<number>;
  /** How many of those that are held are open, or not yet. */
  held(): Promise<{ connecting: number; open: number }>;
}

/** Only root can become another user. */
export const canBecomeNeighbour = process.platform === "linux" && process.getuid?.() === 0;

export function startNeighbour(): Neighbour {
  const child = fork(path.join(import.meta.dirname, "neighbour-main.ts"), { cwd: "/" });
  const exited = once(child, "exit");
  let last: Promise<unknown> = Promise.resolve();
  const ask = <T>(asked: Asked): Promise<T> => {
    const answer = last.then(async () => {
      child.send(asked);
      const [{ value }] = (await once(child, "message")) as [{ value: T }];
      return value;
    });
    last = answer;
    return answer;
  };
  const placeOf = (url: string): { host: string; port: number } => {
    const { hostname, port } = new URL(url);
    return { host: hostname.replace(/[[\]]/gu, ""), port: Number(port) };
  };
  return {
    steal: () => ask({ do: "steal" }),
    report: () => ask({ do: "report" }),
    send: (url, message) => ask({ do: "send", ...placeOf(url), message }),
    hold: (url, count) => ask({ do: "hold", ...placeOf(url), count }),
    hangUp: (url, message) => ask({ do: "hangUp", ...placeOf(url), message }),
    flood: (url) => ask({ do: "flood", ...placeOf(url) }),
    flooded: () => ask({ do: "flooded" }),
    held: () => ask({ do: "held" }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
