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
  {
    stops: "a connection of another user of the machine",
    file: "daemon/api/connections.ts",
    code: "owner !== undefined && owner !== uid && owner !== ROOT",
    without: "owner === -1",
    project: "unit",
    tests: ["test/api/connections.test.ts"],
  },
  {
    stops: "other users, by real connections with or without a request",
    file: "daemon/api/http-server.ts",
    code: "connections.guard(server);",
    without: "server.maxConnections = 256;",
    project: "process",
    tests: ["test/process/neighbour.test.ts"],
  },
  {
    stops: "idle connections that lock the owner out",
    file: "daemon/api/connections.ts",
    code: "if (open.size >= limit) makeRoom();",
    without: "if (open.size >= limit) socket.destroy();",
    project: "unit",
    tests: ["test/api/connections.test.ts"],
  },
];
