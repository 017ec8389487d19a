import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a planted link in place of a temporary file",
    file: "daemon/core/atomic-file.ts",
    code: '`${PREFIX}${randomBytes(12).toString("hex")}.tmp`,\n  );\n  const handle = openSync(temporary, "wx", mode);',
    without:
      '`.${path.basename(file)}.${process.pid}.tmp`,\n  );\n  const handle = openSync(temporary, "w", mode);',
    project: "process",
    tests: ["test/process/planted.test.ts"],
  },
  {
    stops: "a directory of an export that is swapped with a link",
    file: "daemon/core/real-place.ts",
    code: "if (isAt(descriptor, directory, root)) {",
    without: "if (descriptor > 0) {",
    project: "process",
    tests: ["test/process/planted.test.ts"],
  },
  {
    stops: "a planted link in place of an unfinished backup",
    file: "daemon/journal/backup.ts",
    code: 'const partial = path.join(directory, createId("copy"));',
    without: "const partial = `${directory}.partial`;",
    project: "process",
    tests: ["test/process/planted.test.ts"],
  },
];
