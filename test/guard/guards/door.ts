import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a page whose name resolves to this machine (DNS rebinding)",
    file: "daemon/api/guard.ts",
    code: "if (hosts.length !== 1 || !named.every((value) => ours.has(value))) {",
    without: "if (hosts.length !== 1) {",
    project: "unit",
    tests: ["test/api/guard.test.ts"],
  },
  {
    stops: "a request that the page of another site causes",
    file: "daemon/api/guard.ts",
    code: "if (isForeign) {",
    without: "if (isForeign && facts.method === undefined) {",
    project: "unit",
    tests: ["test/api/guard.test.ts"],
  },
  {
    stops: "a request without the token",
    file: "daemon/api/guard.ts",
    code: "return !OPEN.has(`${method} ${path}`) && !NOT_API.test(path);",
    without: "return method === path;",
    project: "unit",
    tests: ["test/api/guard.test.ts"],
  },
];
