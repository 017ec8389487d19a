import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import type { FileContent } from "./extractor.ts";
import { writeRequest } from "./extractor-message.ts";

export interface ProcessLimits {
  /** From a document's first byte handed over to the last one of its answer. */
  timeout_ms: number;
  /** What the process may hold in memory, all together. Watched on Linux; elsewhere V8's heap alone has a cap. */
  memory_bytes: number;
  output_bytes: number;
}

/** How a request to the process ended. All but an answer leave it dead. */
export type Reply =
  | { end: "answered"; answer: string }
  | { end: "timeout" | "output" | "memory" }
  | { end: "aborted" }
  /** It died by itself; `how` says of what, as far as it said anything. */
  | { end: "died"; how: string }
  | { end: "not_started"; cause: Error };

/** A process that makes documents, one at a time. */
export interface ExtractorProcess {
  /** Requests it answered so far. */
  readonly served: number;
  readonly alive: boolean;
  ask(file: FileContent, signal?: AbortSignal): Promise<Reply>;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
}

// Half of the memory it may hold: documents and their bytes lie outside of V8's heap.
const HEAP_SHARE = 0.5;
const WATCH_MS = 100;
// The end of what it says about a fault; the rest may be the document's.
const STDERR_CHARS = 2_000;
// Seconds of processor time, for a process that nobody is left to kill: the system then ends it.
const PROCESSOR_SECONDS = 900;

const directory = import.meta.dirname;
// The same ending as this module: `.ts` from source, `.js` when it is built.
const ENTRY = path.join(directory, `extractor-main${path.extname(import.meta.filename)}`);

/** Only code may be read, nothing written, run or reached by network (Node's permission model). */
function listArguments({ memory_bytes }: ProcessLimits): string[] {
  const readable = [path.dirname(directory)];
  for (let at = directory; at !== path.dirname(at); at = path.dirname(at)) {
    const packages = path.join(at, "node_modules");
    // Node looks a package up by one path and reads it by the other, where this is a link.
    if (existsSync(packages)) readable.push(packages, realpathSync(packages));
  }
  return [
    `--max-old-space-size=${Math.ceil((memory_bytes * HEAP_SHARE) / 2 ** 20)}`,
    "--permission",
    ...[...new Set(readable)].map((place) => `--allow-fs-read=${place}`),
    ENTRY,
  ];
}

export function startExtractorProcess(limits: ProcessLimits): ExtractorProcess {
  const node = [process.execPath, ...listArguments(limits)];
  const [command, ...args] =
    process.platform === "win32"
      ? node
      : ["/bin/sh", "-c", `ulimit -t ${PROCESSOR_SECONDS}; exec "$@"`, "sh", ...node];
  const child = spawn(command ?? process.execPath, args, {
    // Nothing of the user's lies here, and no secret is in its environment.
    cwd: directory,
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  let served = 0;
  let alive = true;
  let stderr = "";
  let onOutput: (chunk: Buffer) => void = () => {};
  const gone = new Promise<Reply>((resolve) => {
    child.once("error", (cause) => {
      alive = false;
      resolve({ end: "not_started", cause });
    });
    child.once("close", (code, signal) => {
      alive = false;
      const how = [signal ?? `exit code ${code}`, stderr.trim()].filter(Boolean).join(": ");
      resolve(isOutOfMemory(code, signal) ? { end: "memory" } : { end: "died", how });
    });
  });
  child.stdin.on("error", () => {
    // It is gone, which `gone` tells better.
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_CHARS);
  });
  child.stdout.on("data", (chunk: Buffer) => onOutput(chunk));

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await gone;
  }

  async function ask(file: FileContent, signal?: AbortSignal): Promise<Reply> {
    const reply = Promise.withResolvers<Reply>();
    const onAbort = (): void => reply.resolve({ end: "aborted" });
    const deadline = setTimeout(() => reply.resolve({ end: "timeout" }), limits.timeout_ms);
    const watch = setInterval(() => {
      if (readResidentBytes(child.pid) > limits.memory_bytes) reply.resolve({ end: "memory" });
    }, WATCH_MS);
    signal?.addEventListener("abort", onAbort, { once: true });

    const chunks: Buffer[] = [];
    let size = 0;
    onOutput = (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limits.output_bytes) reply.resolve({ end: "output" });
      else if (chunk.at(-1) === NEWLINE) {
        reply.resolve({ end: "answered", answer: Buffer.concat(chunks).toString("utf8") });
      }
    };
    try {
      if (signal?.aborted) onAbort();
      else writeRequest(child.stdin, file);
      const ended = await Promise.race([reply.promise, gone]);
      if (ended.end === "answered") served += 1;
      else await kill();
      return ended;
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      signal?.removeEventListener("abort", onAbort);
      onOutput = () => {};
    }
  }

  return {
    get served() {
      return served;
    },
    get alive() {
      return alive;
    },
    ask,
    kill,
  };
}

const NEWLINE = 0x0a;

/** V8 aborts when its heap is full; where there are no signals Node says so by this exit code. */
function isOutOfMemory(code: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === "SIGABRT" || code === 134;
}

/** 0 where the system does not tell. */
function readResidentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
