/**
 * Loaded into the process that makes documents before any other code. Node's permission model leaves a few functions
 * that act on other processes or on the engine itself. Code that runs in this process later must not find them.
 */
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import v8 from "node:v8";

const OF_PROCESS = [
  // Signals to any process of the user, the daemon included.
  "kill",
  "_kill",
  "_debugProcess",
  // Another user or mode for what it does.
  "setuid",
  "seteuid",
  "setgid",
  "setegid",
  "setgroups",
  "initgroups",
  "umask",
];

function remove(owner: object, names: readonly string[]): void {
  for (const name of names) Reflect.deleteProperty(owner, name);
}

remove(process, OF_PROCESS);
remove(os, ["setPriority"]);
// Some flags of the engine switch its own checks off.
remove(v8, ["setFlagsFromString"]);
syncBuiltinESMExports();
