import { execFileSync } from "node:child_process";
import path from "node:path";
import { hashFile } from "../../../daemon/scan/fingerprint.ts";
import { testFolder } from "../../helper/folder.ts";
import { type Figure, takeTurns, timeOf } from "../figure.ts";
import { contentOf } from "../tree.ts";

/* Reading small files to the end and hashing them, as a scan does with those that changed. */

const FILES = 10_000;
const FILE_BYTES = 4_096;
const ROUNDS = 9;

export async function measure(): Promise<Figure[]> {
  using folder = testFolder();
  const names = Array.from({ length: FILES }, (_, index) => `${index}.md`);
  for (const [index, name] of names.entries()) folder.write(name, contentOf(index, FILE_BYTES));
  const times = await takeTurns(ROUNDS, {
    sha256sum: () =>
      timeOf(() => execFileSync("sha256sum", names, { cwd: folder.path, stdio: "ignore" })),
    ours: () =>
      timeOf(() => {
        for (const name of names) {
          const { outcome } = hashFile(path.join(folder.path, name));
          if (outcome !== "hashed") throw new Error(`${name} was ${outcome}.`);
        }
      }),
  });
  return [
    {
      what: "hashing 10,000 changed files of 4 KB",
      ours: times.ours,
      unit: "ms",
      anchor: { what: "sha256sum", value: times.sha256sum },
      goal: { most: 1, of: "ratio" },
    },
  ];
}
