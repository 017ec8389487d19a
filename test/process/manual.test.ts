import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";
import {
  type Ids,
  isShown,
  readBlocks,
  readCommands,
  type ShownCommand,
  withIds,
  withShorterPath,
} from "../helper/shown-commands.ts";

// Every command that a document shows is run, in the order of the document, in a home of its own; what it prints
// has to be what the document shows. `npm run docs:commands` writes what is printed now into the documents.

const ROOT = path.resolve(import.meta.dirname, "../..");
const LAUNCHER = path.join(ROOT, "daemon/cli/launch.js");
const PORTS = path.join(ROOT, "test/helper/usual-ports.ts");

const DOCUMENTS = ["README.md", "MANUAL.md"];

/** Commands that no test can run, and why. None of them may show an output. */
const NOT_RUN: readonly [command: RegExp, because: string][] = [
  [/^npm ci$/u, "installs packages; `.ci/run` does it before any test"],
  [/^git pull$/u, "asks another machine"],
  [/ agent-runner open$/u, "opens a browser; `test/browser/` does it"],
  [/ agent-runner service install$/u, "asks, and changes what starts at login"],
];

/** What a command finds may need a moment: these are repeated until they show it. */
const READS =
  /agent-runner (tasks|notes|projects|status|runs|files|search|usage|agents|verify)\b(?! (add|edit|done))/u;
const PATIENCE_MS = 30_000;

/** Stays in the foreground; what it printed so far is compared. */
const STAYS = /^npm start$/u;

/** A model server as Ollama is one, with a model that calls tools and one that does not. */
const OLLAMA = {
  "/api/tags": {
    models: [
      { name: "qwen3.5:4b", size: 3_400_000_000, capabilities: ["completion", "tools"] },
      { name: "gemma3:1b", size: 815_000_000, capabilities: ["completion"] },
    ],
  },
  "/api/ps": { models: [{ name: "qwen3.5:4b", context_length: 32_768 }] },
};

test.each(DOCUMENTS)(
  "each command that %s shows prints what it shows",
  async (name) => {
    const file = path.join(ROOT, name);
    const document = readFileSync(file, "utf8");
    const commands = readBlocks(document)
      .filter(({ language }) => language === "console")
      .flatMap(readCommands);
    expect(commands.length).toBeGreaterThan(5);

    await using session = await startSession();
    let written = "";
    let at = 0;
    for (const shown of commands) {
      const output = await session.perform(shown);
      written += document.slice(at, shown.offset) + output;
      at = shown.offset + shown.output.length;
    }
    written += document.slice(at);
    await expect(written).toMatchFileSnapshot(file);
  },
  600_000,
);

test("each command that is not run is in a document", () => {
  const shown = DOCUMENTS.flatMap((name) =>
    readBlocks(readFileSync(path.join(ROOT, name), "utf8")).flatMap(readCommands),
  );
  const unused = NOT_RUN.filter(([pattern]) => !shown.some(({ command }) => pattern.test(command)));
  expect(unused).toEqual([]);
});

test("npx finds the program in the clone", async () => {
  using folder = testFolder();
  const { stdout } = await promisify(execFile)("npx", ["--no", "agent-runner", "config", "path"], {
    cwd: ROOT,
    env: { ...process.env, AGENT_RUNNER_HOME: folder.path },
  });
  expect(stdout).toBe(`${folder.file("config.yaml")}\n`);
});

interface Session extends AsyncDisposable {
  /** Runs a command; gives the output as the document shows it, or as it has to show it. */
  perform(shown: ShownCommand): Promise<string>;
}

async function startSession(): Promise<Session> {
  const folder = testFolder();
  const home = folder.file("ada");
  mkdirSync(home);
  const server = await startScriptedServer((request) => answerDocument(request), { pages: OLLAMA });
  const env = {
    PATH: `${path.join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
    HOME: home,
    TZ: "UTC",
    NO_COLOR: "1",
    NODE_OPTIONS: `--import ${PORTS}`,
    USUAL_OLLAMA: new URL(server.url).port,
    npm_config_update_notifier: "false",
  };
  const ids: Ids = new Map();
  const kept: Shell[] = [];

  /** As it would be in the home of the document, with its ids, at the usual port. */
  const asShown = (output: string): string =>
    withShorterPath(withIds(output, ids, "document"), home, "/home/ada")
      .replaceAll(ROOT, "~/agent-runner")
      .replaceAll(/127\.0\.0\.1:(?!11434)\d+/gu, "127.0.0.1:4770")
      .replaceAll(/\(pid \d+\)/gu, "(pid 15162)");

  async function attempt(command: string): Promise<{ code: number | null; output: string }> {
    const child = startShell(withIds(command, ids, "run"), env);
    if (!STAYS.test(command)) return child.ended;
    kept.push(child);
    await waitFor("it says how to stop it", () => child.output().includes("Ctrl-C"));
    return { code: 0, output: child.output() };
  }

  return {
    async perform({ command, output: shown, line }) {
      const reason = NOT_RUN.find(([pattern]) => pattern.test(command))?.[1];
      if (reason !== undefined) {
        if (shown.trim() === "") return shown;
        throw new Error(`line ${line}: an output is shown of \`${command}\`, which ${reason}`);
      }
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const { code, output } = await attempt(command);
        if (isShown(shown, asShown(output), ids)) {
          if (code === 0) return shown;
          throw new Error(`line ${line}: \`${command}\` ends with ${code}\n${output}`);
        }
        if (!READS.test(command) || Date.now() > until) return `${asShown(output).trimEnd()}\n`;
        await wait(250);
      }
    },
    async [Symbol.asyncDispose]() {
      await startShell("npx --no agent-runner stop", env).ended;
      await Promise.all(kept.map(({ ended }) => ended));
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** `npx --no agent-runner` without a second of npm's own for each command. */
const SHELL = `npx() {
  [ "$1 $2" = "--no agent-runner" ] || return 127
  shift 2
  node "${LAUNCHER}" "$@"
}
`;

interface Shell {
  output(): string;
  ended: Promise<{ code: number | null; output: string }>;
}

function startShell(command: string, env: NodeJS.ProcessEnv): Shell {
  const child = spawn("bash", ["-c", `${SHELL}exec 2>&1\n${command}`], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, output }));
  });
  return { output: () => output, ended };
}
