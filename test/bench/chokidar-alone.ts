import { watch } from "chokidar";

/* Watches a directory as chokidar's manual shows it, says so when it does, and goes on until it is killed. */

watch(process.argv[2] ?? "", { ignoreInitial: true }).on("ready", () => process.send?.("ready"));
