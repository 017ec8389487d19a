import { globSync } from "node:fs";
import path from "node:path";
import { defineConfig } from "rolldown";

// The program of a package: Node strips no types below node_modules. All files lie in one directory, so that
// code finds what it starts beside itself (`import.meta.dirname`), as it does in the sources.
const started = globSync("daemon/*/*-{main,worker}.ts");

export default defineConfig({
  input: Object.fromEntries(
    ["daemon/cli/main.ts", ...started].map((file) => [path.parse(file).name, file]),
  ),
  platform: "node",
  logLevel: "warn",
  // npm installs the packages.
  external: /^[^./]/,
  output: {
    dir: "dist/daemon",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // A stack trace names functions as the sources do.
    keepNames: true,
    minify: false,
  },
});
