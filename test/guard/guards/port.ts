import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a page or service worker that another program left at the daemon's address",
    file: "daemon/api/server.ts",
    code: "({ pageUrl } = origin);",
    without: "pageUrl = url;",
    project: "browser",
    tests: ["test/browser/port-takeover.test.ts"],
  },
  {
    stops: "a code used at an address where another program had a page",
    file: "daemon/api/routes/session.ts",
    code: "if (isBrowser && headers.host !== new URL(pageUrl()).host) {",
    without: "if (isBrowser && headers.host === undefined) {",
    project: "unit",
    tests: ["test/api/routes/session.test.ts"],
  },
  {
    stops: "a request of one address of the daemon to another one",
    file: "daemon/api/guard.ts",
    code: "value === `http://${hosts[0]}`",
    without: "[...ours].some((own) => value === `http://${own}`)",
    project: "unit",
    tests: ["test/api/guard.test.ts"],
  },
  {
    stops: "another program that has the daemon's port on the other loopback address",
    file: "daemon/api/page-origin.ts",
    code: 'if (ABSENT.has(systemErrorCode(error) ?? "")) continue;',
    without: "if (systemErrorCode(error) !== undefined) continue;",
    project: "unit",
    tests: ["test/api/page-origin.test.ts"],
  },
  {
    stops: "a name server that answers for the page's name",
    file: "daemon/api/page-origin.ts",
    code: "if (Number.parseInt(release, 10) < FIRST_DARWIN) return false;",
    without: "",
    project: "unit",
    tests: ["test/api/page-origin.test.ts"],
  },
  {
    stops: "a service worker that another program registered",
    file: "daemon/api/http-server.ts",
    code: 'if (headers["service-worker"] === "script") return sendUnregister(response);',
    without: "",
    project: "unit",
    tests: ["test/api/routes/page.test.ts"],
  },
];
