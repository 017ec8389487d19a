import { readFileSync } from "node:fs";
import { z } from "zod";

const lockfileSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      dev: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** What `package-lock.json` says of each package, by its place. */
export const { packages: locked } = lockfileSchema.parse(
  JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")),
);

/** The packages alone, without the root. */
export const installed = Object.entries(locked).filter(([place]) => place !== "");

/** Each package with version and licence, as a line of `test/fixture/dependencies.txt` begins. */
export function listDependencies(): { name: string; line: string }[] {
  return installed
    .map(([place, { version, license, dev }]) => {
      const name = place.replace(/^.*node_modules\//, "");
      const nested = place.replace(/^node_modules\//, "");
      return { name, line: `${nested} ${version} ${license}${dev ? " (development)" : ""}` };
    })
    .toSorted((one, other) => (one.line < other.line ? -1 : 1));
}
