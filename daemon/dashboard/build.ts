// Builds the page: `npm run build`, and the daemon where it finds none. An argument names another place for it.
import { chmodSync, mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { FINGERPRINT_FILE, findPagePlaces, fingerprint } from "./built-page.ts";

const usual = findPagePlaces();
const places = { ...usual, built: process.argv[2] ?? usual.built };
mkdirSync(path.dirname(places.built), { recursive: true });
// Put in place whole, so that no half of it is ever served, whoever else builds at the same time.
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
      // A policy without inline code allows no data: pictures and no injected script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  writeFileSync(path.join(made, FINGERPRINT_FILE), builtFrom);
  // Whoever installed it need not be who runs it.
  chmodSync(made, 0o755);
  rmSync(places.built, { recursive: true, force: true });
  renameSync(made, places.built);
} finally {
  rmSync(made, { recursive: true, force: true });
}
