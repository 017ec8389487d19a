/**
 * To be loaded into the program before it starts: from SIGTERM on, closing the part that FAILING_CLOSE names throws, or
 * never ends.
 */
import { watch } from "node:fs";
import { Server } from "node:http";
import { isMainThread, Worker } from "node:worker_threads";
import Database from "better-sqlite3";

function fail(): never {
  throw new Error("EDGE: this cannot be closed");
}

const watcher = watch(import.meta.dirname);
watcher.close();

const PARTS: Record<string, () => void> = {
  server: () => void (Server.prototype.close = fail),
  "scan thread": () => void (Worker.prototype.terminate = fail),
  "scan thread, for ever": () => {
    Worker.prototype.terminate = () => new Promise(() => {});
  },
  watcher: () => void (Object.getPrototypeOf(watcher).close = fail),
  database: () => void (Database.prototype.close = fail),
};

if (isMainThread) process.once("SIGTERM", () => PARTS[process.env["FAILING_CLOSE"] ?? ""]?.());
