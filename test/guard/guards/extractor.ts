import type { Guard } from "../guard.ts";

const FLAGS = {
  file: "daemon/preprocess/extractor-process.ts",
  project: "unit",
  tests: ["test/preprocess/confined.test.ts"],
} as const;
const POWERS = { ...FLAGS, file: "daemon/preprocess/extractor-preload-main.ts" };

export const guards: readonly Guard[] = [
  {
    ...FLAGS,
    stops: "a document's code that reaches files, the network or programs",
    code: '    "--permission",\n',
    without: '    "--permission-audit",\n',
  },
  {
    ...FLAGS,
    stops: "a document's code that opens files by SQLite",
    code: '    "--no-experimental-sqlite",\n',
    without: "",
  },
  {
    ...POWERS,
    stops: "a document's code that signals other processes",
    code: '  "kill",\n',
    without: "",
  },
  {
    ...POWERS,
    stops: "a document's code that changes flags of the engine",
    code: 'remove(v8, ["setFlagsFromString"]);\n',
    without: "",
  },
  {
    stops: "a signal that opens the debugger of the daemon",
    file: "daemon/cli/launch.js",
    code: 'process.on("SIGUSR1", () => {});\n',
    without: "",
    project: "process",
    tests: ["test/process/extractor.test.ts"],
  },
];
