import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a home, a file or a link of another user",
    file: "daemon/core/safe-home.ts",
    code: "if (foreign !== undefined) return belongsToOther(place, foreign);",
    without: "",
    project: "unit",
    tests: ["test/cli/safe-home.test.ts"],
  },
  {
    stops: "a home that every user may write to",
    file: "daemon/core/safe-home.ts",
    code: "if ((mode & OTHERS_WRITE) !== 0) return isWritable(place, mode);",
    without: "",
    project: "unit",
    tests: ["test/cli/safe-home.test.ts"],
  },
  {
    stops: "a home that a group, or an access control list, lets others write to",
    file: "daemon/core/safe-home.ts",
    code: "    takeFromGroup(place, stats.mode);\n",
    without: "",
    project: "unit",
    tests: ["test/cli/safe-home.test.ts"],
  },
];
