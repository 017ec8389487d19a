/**
 * The dashboard as built files; its sources are in `page/`. What is served was built from the sources beside it,
 * if there are any: a missing or old build is renewed in a process of its own and moved into place whole, never
 * in part. A crash costs the build.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { CALL } from "../core/call.ts";

/** Where the page is within the package, absolute. */
export interface PagePlaces {
  /** Its sources; a published package has none. */
  sources: string;
  /** The built page, which is served. */
  built: string;
}

export interface BuiltPage extends AsyncDisposable {
  state(): { is: "ready" } | { is: "building" } | { is: "missing"; reason: string };
  /** The HTML, which says how a person calls this program. */
  document(): Promise<Uint8Array>;
  findAsset(name: string): Promise<{ body: Uint8Array; media_type: string } | undefined>;
  /** Builds the page if needed. Resolves when that succeeded or failed: see `state`. */
  prepare(): Promise<void>;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A file beside the built page: the fingerprint of its sources. */
export const FINGERPRINT_FILE = "built-from";
// One build serves a clone and a package, which people call differently.
const CALL_TAG = /<meta name="call" content="[^"]*"/u;
const REMEDY = "Run `npm ci --include=dev && npm run build` where Agent Runner is installed.";

export function findPagePlaces(): PagePlaces {
  const root = path.dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);
  return {
    sources: path.join(root, "daemon", "dashboard"),
    built: path.join(root, "dist", "dashboard"),
  };
}

// Of the protocol the page uses only types.
const SOURCES = ["dashboard/**/*.{ts,tsx,css,html,svg}", "core/*.ts"];

/** A hash of everything that shapes the page: its sources and its packages. */
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

/** The page at these places. Call `prepare` to build it. */
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
      const why = fault === undefined ? "It was never built." : `Building it failed: ${fault}.`;
      return { is: "missing", reason: `${why} ${REMEDY}` };
    },
    async document() {
      const html = await readFile(path.join(built, "index.html"), "utf8");
      return Buffer.from(html.replace(CALL_TAG, `<meta name="call" content="${CALL}"`));
    },
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

/** Returns what went wrong, in one line; undefined: it was built. */
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
