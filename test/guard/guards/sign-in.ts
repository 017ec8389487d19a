import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a session code in an argument list",
    file: "tray/open-page.ts",
    code: "await open(writeSignInFile(places, signIn))",
    without: "await open(signIn.address)",
    project: "process",
    tests: ["test/process/neighbour.test.ts"],
  },
  {
    stops: "a link planted in place of the file that signs in",
    file: "daemon/core/sign-in-file.ts",
    code: 'flag: "wx"',
    without: 'flag: "w"',
    project: "unit",
    tests: ["test/core/sign-in-file.test.ts"],
  },
  {
    stops: "a directory of another user for the file that signs in",
    file: "daemon/core/sign-in-file.ts",
    code: "if (!isPrivate(place)) throw unsafe(place);",
    without: "",
    project: "unit",
    tests: ["test/core/sign-in-file.test.ts"],
  },
  {
    stops: "a file that signs in and is left by a killed daemon",
    file: "daemon/main.ts",
    code: "removeOldSignInFiles(paths, 0);",
    without: "",
    project: "process",
    tests: ["test/process/neighbour.test.ts"],
  },
  {
    stops: "a page of another site that goes to an address of the API",
    file: "daemon/api/guard.ts",
    code: "NOT_API.test(path) &&",
    without: "",
    project: "unit",
    tests: ["test/api/guard.test.ts"],
  },
  {
    stops: "the text of a notification in an argument list",
    file: "tray/notification/show.ts",
    code: "return run(program, args, {",
    without: "return run(program, [...args, title, body], {",
    project: "unit",
    tests: ["test/tray/notification/show.test.ts"],
  },
];
