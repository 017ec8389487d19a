import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a file behind a swapped directory that is hashed",
    file: "daemon/scan/fingerprint.ts",
    code: 'if (!isAt(handle, path, root)) return { outcome: "changing" };',
    without: "",
    project: "unit",
    tests: ["test/scan/fingerprint.test.ts"],
  },
  {
    stops: "a file behind a swapped directory that is read",
    file: "daemon/preprocess/snapshot.ts",
    code: 'if (!isAt(handle.fd, path, options.root ?? dirname(path))) return { outcome: "changed" };',
    without: "",
    project: "unit",
    tests: ["test/preprocess/snapshot.test.ts"],
  },
  {
    stops: "a swapped directory whose names are listed",
    file: "daemon/scan/walk.ts",
    code: "using held = holdDirectory(directory, boundary.root);",
    without: "const held = { path: directory };",
    project: "unit",
    tests: ["test/scan/walk.test.ts"],
  },
  {
    stops: "files of a directory that is swapped with a link, in the running program",
    file: "daemon/core/real-place.ts",
    code: "return isLinux ? isReached(descriptor, realRoot, expected) : isUnlinked(descriptor, expected);",
    without: "return true;",
    project: "process",
    tests: ["test/process/swapped.test.ts"],
  },
];
