// Builds the page, for `npm run build` and for a daemon without a current build. An argument names another output directory.
import { chmodSync, mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { FINGERPRINT_FILE, findPagePlaces, fingerprint } from "./built-page.ts";

const usual = findPagePlaces();
const places = { ...usual, built: process.argv[2] ?? usual.built };
mkdirSync(path.dirname(places.built), { recursive: true });
// Moved into place whole: no half build is served, even if two processes build at once.
const made = mkdtempSync(`${places.built}-`);
try {
  const builtFrom = fingerprint(places);
  await build({
    configFile: false,
    envDir: false,
    root: path.join(places.sources, "page"),
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    css: { transformer: "lightningcss" },
    build: {
      outDir: made,
      emptyOutDir: true,
      target: "es2023",
      // The content security policy allows no data: pictures and no inline script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  writeFileSync(path.join(made, FINGERPRINT_FILE), builtFrom);
  // Another user may run it than the one who installed it.
  chmodSync(made, 0o755);
  rmSync(places.built, { recursive: true, force: true });
  renameSync(made, places.built);
} finally {
  rmSync(made, { recursive: true, force: true });
}
