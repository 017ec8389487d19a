/*
 * Prints every function that code in the process of the extractor can find: of each built-in module, of `process`, of the
 * global object, and of the classes in them. One line for each owner.
 */
import { builtinModules, createRequire } from "node:module";

const require = createRequire(import.meta.url);
const lines: string[] = [];

function list(owner: object, title: string): void {
  const names: string[] = [];
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    // Getters warn, load or fail.
    if (typeof value !== "function") continue;
    names.push(name);
    const prototype: unknown = value.prototype;
    if (/^[A-Z]/u.test(name) && typeof prototype === "object" && prototype !== null) {
      const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
        .filter(([method, { value: own }]) => method !== "constructor" && typeof own === "function")
        .map(([method]) => method);
      const statics = Object.entries(Object.getOwnPropertyDescriptors(value))
        .filter(([, { value: own }]) => typeof own === "function")
        .map(([method]) => method);
      names.push(
        ...methods.map((method) => `${name}#${method}`),
        ...statics.map((method) => `${name}.${method}`),
      );
    }
  }
  lines.push(`${title}: ${names.toSorted().join(" ")}`);
}

for (const name of builtinModules.toSorted()) list(Object(require(name)), name);
list(process, "the object process");
list(Object.getPrototypeOf(process), "the prototype of process");
list(Object(process.permission), "process.permission");
list(process.report, "process.report");
list(globalThis, "the global object");
process.stdout.write(`${lines.join("\n")}\n`);
