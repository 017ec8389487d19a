/**
 * The page as files that were built. It promises that what is served was built from the sources that lie
 * beside it, where there are any; a build that is missing or old is made in a process of its own, and put
 * in place whole. A crash costs that build.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import path from "node:path";

/** Where the page is within the package, absolute. */
export interface PagePlaces {
  /** Its sources; a published package has none. */
  sources: string;
  /** What is served. */
  built: string;
}

export interface BuiltPage extends AsyncDisposable {
  state(): { is: "ready" } | { is: "building" } | { is: "missing"; reason: string };
  document(): Promise<Uint8Array>;
  findAsset(name: string): Promise<{ body: Uint8Array; media_type: string } | undefined>;
  /** Builds the page where that is needed; resolves when it is there, or cannot be. */
  prepare(): Promise<void>;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Beside the page, what it was built from. */
export const FINGERPRINT_FILE = "built-from";
const REMEDY = "Run `npm ci --include=dev && npm run build` where Agent Runner is installed.";

export function findPagePlaces(): PagePlaces {
  const root = path.dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);
  return {
    sources: path.join(root, "daemon", "dashboard"),
    built: path.join(root, "dist", "dashboard"),
  };
}

// It takes types of the protocol alone, and code of the core.
const SOURCES = ["dashboard/**/*.{ts,tsx,css,html,svg}", "core/*.ts"];

/** A hash of all that shapes the page: its sources, and the packages it is made with. */
export function fingerprint({ sources }: PagePlaces): string {
  const hash = createHash("sha256");
  const cwd = path.dirname(sources);
  for (const name of globSync(SOURCES, { cwd }).toSorted()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(path.join(cwd, name)))
      .update("\0");
  }
  const { devDependencies } = JSON.parse(
    readFileSync(path.join(sources, "..", "..", "package.json"), "utf8"),
  ) as { devDependencies?: Record<string, string> };
  return hash.update(JSON.stringify(devDependencies ?? {})).digest("hex");
}

/** The page at these places; builds nothing until it is prepared. */
export function openBuiltPage(places: PagePlaces = findPagePlaces()): BuiltPage {
  const { sources, built } = places;
  const ending = new AbortController();
  let fault: string | undefined;
  let building: Promise<void> | undefined;

  const isBuilt = (): boolean => existsSync(path.join(built, "index.html"));

  function isCurrent(): boolean {
    if (!isBuilt()) return false;
    if (!existsSync(path.join(sources, "page", "index.html"))) return true;
    const file = path.join(built, FINGERPRINT_FILE);
    return existsSync(file) && readFileSync(file, "utf8") === fingerprint(places);
  }

  async function build(): Promise<void> {
    fault = await runBuild([path.join(sources, "build.ts"), built], ending.signal);
    building = undefined;
  }

  return {
    state() {
      if (building !== undefined) return { is: "building" };
      if (isBuilt()) return { is: "ready" };
      const why = fault === undefined ? "It was not built." : `It could not be built: ${fault}.`;
      return { is: "missing", reason: `${why} ${REMEDY}` };
    },
    document: () => readFile(path.join(built, "index.html")),
    async findAsset(name) {
      const media_type = MEDIA_TYPES[path.extname(name)];
      if (media_type === undefined || !/^[\w-][\w.-]*$/.test(name)) return undefined;
      const body = await readFile(path.join(built, "assets", name)).catch(() => undefined);
      return body && { body, media_type };
    },
    async prepare() {
      if (!isCurrent()) await (building ??= build());
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await building;
    },
  };
}

/** Gives what went wrong, in one line; undefined: it was built. */
function runBuild(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "ignore", "pipe"],
      windowsHide: true,
      signal,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => {
      const line = said.split("\n").find((one) => one.trim() !== "");
      resolve(code === 0 ? undefined : (line ?? `the build ended with ${code}`));
    });
  });
}
