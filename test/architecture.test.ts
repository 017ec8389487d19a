import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

/** Who may import whom, and why. A room may always import itself. */
const ROOMS: Record<string, { may: string[]; packages: string[]; because: string }> = {
  core: { may: [], packages: ["pino", "yaml"], because: "a leaf can be read alone" },
  protocol: { may: [], packages: ["zod"], because: "the words all rooms share, and no behaviour" },
  config: {
    may: ["core", "protocol"],
    packages: ["yaml", "zod", "croner"],
    because: "only main, daemon and cli read settings; croner's parser checks a pattern",
  },
  agents: {
    may: [
      "core",
      "protocol",
      "config",
      "journal",
      "agent",
      "rules",
      "preprocess",
      "queue",
      "trigger",
    ],
    packages: [],
    because: "it joins who is configured with the rooms that an agent needs",
  },
  watch: {
    may: ["core", "protocol", "scan"],
    packages: ["chokidar"],
    because: "it watches what a scan looks at, and only hints: the journal is not its business",
  },
  scan: {
    may: ["core", "protocol", "journal"],
    packages: ["picomatch", "zod"],
    because: "the truth about the disk; it compares with what the journal knows and writes nothing",
  },
  trigger: {
    may: ["core", "protocol", "journal", "watch", "scan"],
    packages: ["croner", "zod"],
    because: "why work starts; it notes what a scan saw in the journal",
  },
  journal: {
    may: ["core", "protocol", "migrations"],
    packages: ["better-sqlite3", "kysely"],
    because: "the truth must not know who uses it, and nobody else speaks SQL",
  },
  queue: {
    may: ["core", "protocol", "journal"],
    packages: [],
    because: "the work is handed in, so the queue can be tested with any",
  },
  runs: {
    may: ["core", "protocol", "journal", "queue", "trigger", "agents", "events"],
    packages: [],
    because: "the life of a run joins its listing, its jobs and its agent",
  },
  preprocess: {
    may: ["core", "protocol"],
    packages: [
      "chardet",
      "iconv-lite",
      "yaml",
      "zod",
      "parse5",
      "postal-mime",
      "pdfjs-dist",
      "yauzl",
      "saxes",
      "papaparse",
      "@e965/xlsx",
      "ical.js",
      "@kenjiuno/msgreader",
      "@kenjiuno/decompressrtf",
      "word-extractor",
    ],
    because: "a path goes in and a document comes out; each format has its parser",
  },
  agent: {
    may: ["core", "protocol"],
    packages: ["openai", "undici", "zod", "@pydantic/genai-prices"],
    because: "a document goes in and staged writes come out; agent/model alone talks to a model",
  },
  rules: {
    may: ["core", "protocol", "agent"],
    packages: ["chrono-node"],
    because: "it is a model like any other: of agent it implements the Model interface",
  },
  commit: {
    may: ["core", "protocol", "journal"],
    packages: [],
    because: "it alone changes entities on a run's behalf",
  },
  events: {
    may: ["core", "protocol", "journal"],
    packages: [],
    because: "events are rows of the journal; who follows them is handed the bus",
  },
  control: {
    may: [
      "core",
      "protocol",
      "config",
      "journal",
      "queue",
      "trigger",
      "agents",
      "agent",
      "commit",
      "runs",
      "events",
      "api",
    ],
    packages: [],
    because: "it joins the rooms behind the interface that the api declares",
  },
  api: {
    may: ["core", "protocol", "journal"],
    packages: ["fastify", "fastify-type-provider-zod", "zod"],
    because: "routes read views of the journal, and act through Control, which it declares itself",
  },
  dashboard: {
    may: ["core", "protocol"],
    packages: ["preact", "uplot", "vite"],
    because: "it runs in a browser, so its types know no Node; vite makes it",
  },
  client: {
    may: ["core", "protocol"],
    packages: ["zod"],
    because: "it knows the words, not the rooms",
  },
  doctor: {
    may: [
      "core",
      "protocol",
      "config",
      "client",
      "watch",
      "scan",
      "trigger",
      "journal",
      "queue",
      "agent",
      "tray",
    ],
    packages: [],
    because: "it looks at what each room stands on, with the daemon down too; nothing is its own",
  },
  cli: {
    may: ["client", "core", "protocol", "config", "main", "doctor", "tray"],
    packages: ["commander", "mdast", "mdast-util-from-markdown", "micromark-extension-gfm"],
    because: "the same door as everyone else; starting the daemon is what `start` does",
  },
  tray: {
    may: ["client", "core", "protocol"],
    packages: ["systray2"],
    because: "the same door as everyone else; of systray2 it runs the program and no JavaScript",
  },
  migrations: {
    may: [],
    packages: ["kysely"],
    because: "a migration must mean the same in two years",
  },
};

/** Files that join the rooms may import any of them; nothing imports these but one another and the cli. */
const COMPOSITION = ["main", "daemon", "pipeline"];

interface Import {
  file: string;
  room: string;
  specifier: string;
}

const root = path.resolve(import.meta.dirname, "..");
const sources = globSync(["daemon/**/*.{ts,tsx,js}", "tray/**/*.ts", "migrations/**/*.ts"], {
  cwd: root,
});

function roomOf(file: string): string {
  const [top, second] = file.split(path.sep);
  if (top !== "daemon" || second === undefined) return top ?? "";
  return second.replace(/\.(ts|tsx|js)$/u, "");
}

function readImports(): Import[] {
  return sources.flatMap((file) => {
    const text = readFileSync(path.join(root, file), "utf8");
    const found = text.matchAll(/(?<!\.)(?:\bfrom|\bimport)\s*\(?\s*"([^"\s]+)"/gu);
    return [...found].map(([, specifier = ""]) => ({ file, room: roomOf(file), specifier }));
  });
}

const imports = readImports();
const relative = imports.filter(({ specifier }) => specifier.startsWith("."));
const packages = imports.filter(({ specifier }) => !/^(\.|node:)/u.test(specifier));

function targetOf({ file, specifier }: Import): string {
  return roomOf(path.normalize(path.join(path.dirname(file), specifier)));
}

test("every room of the table was seen, and every room that was seen is in the table", () => {
  const seen = new Set(sources.map(roomOf));
  expect([...seen].toSorted()).toEqual([...Object.keys(ROOMS), ...COMPOSITION].toSorted());
});

test("enough imports were seen for the rules to mean something", () => {
  expect(relative.length).toBeGreaterThan(200);
  expect(packages.length).toBeGreaterThan(30);
});

test.each(Object.entries(ROOMS))("%s imports only the rooms it may", (room, { may, because }) => {
  const strangers = relative
    .filter((one) => one.room === room)
    .map((one) => ({ ...one, target: targetOf(one) }))
    .filter(({ target }) => target !== room && !may.includes(target))
    .map(({ file, target }) => `${file} imports ${target}`);
  expect(strangers, because).toEqual([]);
});

test.each(Object.entries(ROOMS))("%s uses only the packages it may", (room, entry) => {
  const strangers = packages
    .filter((one) => one.room === room)
    .map(({ file, specifier }) => ({ file, name: packageOf(specifier) }))
    .filter(({ name }) => !entry.packages.includes(name))
    .map(({ file, name }) => `${file} imports ${name}`);
  expect(strangers, entry.because).toEqual([]);
});

test("the files that join the rooms use no package of their own", () => {
  const used = packages.filter(({ room }) => COMPOSITION.includes(room));
  expect(used.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});

test("no files import each other in a circle, not for a type either", () => {
  const targets = Map.groupBy(relative, ({ file }) => file);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, above: readonly string[]): void => {
    const start = above.indexOf(file);
    if (start !== -1) circles.push([...above.slice(start), file].join(" -> "));
    if (start !== -1 || done.has(file)) return;
    for (const { specifier } of targets.get(file) ?? []) {
      visit(path.normalize(path.join(path.dirname(file), specifier)), [...above, file]);
    }
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test("only the cli's start command imports the process entry", () => {
  const users = relative.filter((one) => targetOf(one) === "main").map(({ file }) => file);
  expect([...new Set(users)]).toEqual([path.join("daemon", "cli", "commands", "start.ts")]);
});

test("only agent/model talks to a model", () => {
  const users = packages.filter(({ specifier }) =>
    ["openai", "undici"].includes(packageOf(specifier)),
  );
  const elsewhere = users.filter(
    ({ file }) => !file.startsWith(path.join("daemon", "agent", "model")),
  );
  expect(users.length).toBeGreaterThan(0);
  expect(elsewhere).toEqual([]);
});

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

test.each(["README.md", "MANUAL.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "DECISIONS.md"])(
  "every file of the repository that %s names is there",
  (document) => {
    const text = readFileSync(path.join(root, document), "utf8");
    const named = [...text.matchAll(/`((?:daemon|tray|migrations|config|test)\/[\w./-]+)`/gu)];
    const missing = named.filter(([, file = ""]) => !existsSync(path.join(root, file)));
    expect(missing.map(([, file]) => file)).toEqual([]);
  },
);
