import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a hidden key that an alias shows or sends elsewhere",
    file: "daemon/config/secret-place.ts",
    code: "const target = isAlias(node) ? node.resolve(document) : node;\n    if (stray",
    without: "const target = node;\n    if (stray",
    project: "unit",
    tests: ["test/config/hidden-key.test.ts"],
  },
  {
    stops: "a hidden key in instructions, names or paths",
    file: "daemon/config/secret-place.ts",
    code: "return stray ?? findStrayValue(document, text, overlapping);",
    without: "return stray;",
    project: "unit",
    tests: ["test/config/hidden-key.test.ts"],
  },
  {
    stops: "a hidden key that goes to another host",
    file: "daemon/config/key-place.ts",
    code: 'const origin = [originOf(url) ?? url, ...hosts].join(" ");',
    without: "const origin = hosts.join();",
    project: "unit",
    tests: ["test/config/hidden-key.test.ts"],
  },
  {
    stops: "a config text that keeps the daemon from answering",
    file: "daemon/config/yaml-source.ts",
    code: "const excess = findExcess(text);",
    without: "const excess = text === '' ? findExcess(text) : undefined;",
    project: "unit",
    tests: ["test/config/hostile-text.test.ts"],
  },
  {
    stops: "an ad-hoc body that names a variable",
    file: "daemon/agents/roster.ts",
    code: "checkAdHoc(body);",
    without: 'if (model_of === "") checkAdHoc(body);',
    project: "unit",
    tests: ["test/flow/ad-hoc-key.test.ts"],
  },
  {
    stops: "an ad-hoc agent of an older home with a key of another endpoint",
    file: "daemon/agents/roster.ts",
    code: " || !isOfConfig(written, config.config)) return undefined;",
    without: " || isOfConfig === undefined) return undefined;",
    project: "unit",
    tests: ["test/flow/ad-hoc-key.test.ts"],
  },
];
