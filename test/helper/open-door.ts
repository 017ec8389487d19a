import { rmSync } from "node:fs";
import path from "node:path";
import type { Client } from "../../daemon/client/client.ts";
import { systemClock } from "../../daemon/core/clock.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { type Journal, openJournal } from "../../daemon/journal/open.ts";
import { startTestDaemon, type TestDaemon } from "./daemon.ts";
import { type TestFolder, testFolder } from "./folder.ts";
import { type Answer, send } from "./request.ts";

/** A daemon in this process with the agents `inbox`, `mail` and `notes`, each on an empty directory of its name. */
export interface OpenDoor extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly client: Client;
  readonly daemon: TestDaemon;
  /** Holds `inbox/`, `mail/`, `notes/` and `home/`. */
  readonly folder: TestFolder;
  /** The AGENT_RUNNER_HOME of the daemon. */
  readonly home: Pick<TestFolder, "path" | "file" | "write">;
  /** A second handle on the daemon's journal: what a test writes here, the daemon reads. */
  readonly journal: Journal;
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

const AGENTS = ["inbox", "mail", "notes"];

export interface DoorOptions {
  /** Further settings of agents by id, in YAML: `{ inbox: "enabled: false" }`. */
  agents?: Readonly<Record<string, string>>;
  /** Further sections of config.yaml. */
  yaml?: string;
  /** Files below the folder: `{ "inbox/a.md": "# A" }`. */
  files?: Readonly<Record<string, string>>;
}

export async function openDoor({
  agents = {},
  yaml = "",
  files = {},
}: DoorOptions = {}): Promise<OpenDoor> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(testFolder(files));
  const lines = AGENTS.map((id) => {
    // The directory has to exist.
    rmSync(folder.write(`${id}/.made`, ""));
    const more = agents[id] === undefined ? "" : `, ${agents[id]}`;
    return `  - { id: ${id}, directories: [{ path: "${folder.file(id)}", watch: false }]${more} }\n`;
  });
  const daemon = opened.use(
    await startTestDaemon(folder, `${yaml}\nagents:\n${lines.join("")}`, systemClock),
  );
  const home = folder.file("home");
  const { database } = resolvePaths({
    env: { AGENT_RUNNER_HOME: home },
    platform: process.platform,
    userHome: folder.path,
  });
  const journal = await openJournal(database);
  opened.defer(() => journal.close());
  const { url, token } = daemon.daemon;
  const everything = opened.move();
  return {
    url,
    token,
    client: daemon.client,
    daemon,
    folder,
    home: {
      path: home,
      file: (name) => path.join(home, name),
      write: (name, content) => folder.write(path.join("home", name), content),
    },
    journal,
    send: (method, target, body, headers) => send({ url, token }, method, target, body, headers),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}
