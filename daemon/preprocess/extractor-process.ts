import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { writeRequest } from "./extractor-message.ts";
import type { FileContent } from "./extractor.ts";

export interface ProcessLimits {
  /** From the first byte of a document's request to the last byte of its answer. */
  timeout_ms: number;
  /** All memory of the process. Watched on Linux; elsewhere only V8's heap has a limit. */
  memory_bytes: number;
  output_bytes: number;
}

/** How a request ended. The process lives on only after an answer. */
export type Reply =
  | { end: "answered"; answer: string }
  | { end: "timeout" | "output" | "memory" }
  | { end: "aborted" }
  /** The process ended by itself. `how`: its exit code or signal, and the end of its stderr. */
  | { end: "died"; how: string }
  | { end: "not_started"; cause: Error };

/** A process that makes documents, one at a time. */
export interface ExtractorProcess {
  /** How many requests it has answered. */
  readonly served: number;
  readonly alive: boolean;
  ask(file: FileContent, signal?: AbortSignal): Promise<Reply>;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts a process to ask for documents. If the start fails, `ask` says so. */
export function startExtractorProcess(limits: ProcessLimits): ExtractorProcess {
  const child = spawnConfined(limits);
  let served = 0;
  let alive = true;
  let onOutput: (chunk: Buffer) => void = ignoreOutput;
  const gone = watchEnd(child, () => {
    alive = false;
  });
  child.stdout.on("data", (chunk: Buffer) => onOutput(chunk));
  child.stdin.on("error", () => {
    // The process is gone; `gone` has the reason.
  });

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await gone;
  }

  async function ask(file: FileContent, signal?: AbortSignal): Promise<Reply> {
    using waiting = waitForReply(child.pid, limits, signal);
    onOutput = waiting.takeOutput;
    try {
      if (!signal?.aborted) writeRequest(child.stdin, file);
      const reply = await Promise.race([waiting.reply, gone]);
      if (reply.end === "answered") served += 1;
      else await kill();
      return reply;
    } finally {
      onOutput = ignoreOutput;
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

function ignoreOutput(): void {}

// Processor time after which the system ends a process that outlived its daemon.
const PROCESSOR_SECONDS = 900;
const directory = import.meta.dirname;

// Also no file that it writes may have a byte, and a crash leaves no memory image with a document in it.
const CONFINE = `ulimit -c 0; ulimit -f 0; ulimit -t ${PROCESSOR_SECONDS}; exec "$@"`;

/** Starts a program of this product with no access but to code. */
export function spawnConfined(
  limits: ProcessLimits,
  entry: string = ENTRY,
): ChildProcessWithoutNullStreams {
  const node = [process.execPath, ...listFlags(limits), entry];
  const [command, ...args] =
    process.platform === "win32" ? node : ["/bin/sh", "-c", CONFINE, "sh", ...node];
  return spawn(command ?? process.execPath, args, {
    // This directory has no file of the user, and the environment no secret.
    cwd: directory,
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
}

// Half of the memory limit: documents and their bytes are outside of V8's heap.
const HEAP_SHARE = 0.5;
// The same extension as this module: `.ts` from source, `.js` when built.
const extension = path.extname(import.meta.filename);
const ENTRY = path.join(directory, `extractor-main${extension}`);
const PRELOAD = path.join(directory, `extractor-preload-main${extension}`);

/** The process may only read code: no writing, no other programs, no network (Node's permission model). */
function listFlags({ memory_bytes }: ProcessLimits): string[] {
  const readable = [path.dirname(directory)];
  for (let at = directory; at !== path.dirname(at); at = path.dirname(at)) {
    const packages = path.join(at, "node_modules");
    // If this is a link, Node finds a package by one path and reads it by the other.
    if (existsSync(packages)) readable.push(packages, realpathSync(packages));
  }
  return [
    `--max-old-space-size=${Math.ceil((memory_bytes * HEAP_SHARE) / 2 ** 20)}`,
    "--permission",
    ...[...new Set(readable)].map((place) => `--allow-fs-read=${place}`),
    // SQLite opens files without asking the permission model, and addons and FFI run any code.
    "--no-experimental-sqlite",
    "--no-experimental-ffi",
    "--no-addons",
    "--disable-sigusr1",
    `--import=${pathToFileURL(PRELOAD).href}`,
  ];
}

// The end of stderr is enough to explain a fault.
const STDERR_CHARS = 2_000;

/** Resolves when the process is gone, just after `onEnd`. */
function watchEnd(child: ChildProcessWithoutNullStreams, onEnd: () => void): Promise<Reply> {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_CHARS);
  });
  return new Promise((resolve) => {
    child.once("error", (cause) => {
      onEnd();
      resolve({ end: "not_started", cause });
    });
    child.once("close", (code, signal) => {
      onEnd();
      const how = [signal ?? `exit code ${code}`, stderr.trim()].filter(Boolean).join(": ");
      resolve(isOutOfMemory(code, signal) ? { end: "memory" } : { end: "died", how });
    });
  });
}

/** V8 aborts when its heap is full. On systems without signals Node ends with this exit code. */
function isOutOfMemory(code: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === "SIGABRT" || code === 134;
}

const WATCH_MS = 100;
const NEWLINE = 0x0a;

interface Waiting extends Disposable {
  /** Resolves with the answer, or when a limit is reached or the signal aborts. */
  reply: Promise<Reply>;
  takeOutput(chunk: Buffer): void;
}

function waitForReply(
  pid: number | undefined,
  limits: ProcessLimits,
  signal: AbortSignal | undefined,
): Waiting {
  const { promise: reply, resolve } = Promise.withResolvers<Reply>();
  const onAbort = (): void => resolve({ end: "aborted" });
  const deadline = setTimeout(() => resolve({ end: "timeout" }), limits.timeout_ms);
  const watch = setInterval(() => {
    if (readResidentBytes(pid) > limits.memory_bytes) resolve({ end: "memory" });
  }, WATCH_MS);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();

  const chunks: Buffer[] = [];
  let size = 0;
  return {
    reply,
    takeOutput(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limits.output_bytes) resolve({ end: "output" });
      else if (chunk.at(-1) === NEWLINE) {
        resolve({ end: "answered", answer: Buffer.concat(chunks).toString("utf8") });
      }
    },
    [Symbol.dispose]() {
      clearTimeout(deadline);
      clearInterval(watch);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** The memory of a process; 0 where the system does not say. */
function readResidentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
