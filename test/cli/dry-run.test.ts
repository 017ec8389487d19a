import { expect, test } from "vitest";
import { waitFor } from "../helper/program.ts";
import { openHome } from "./run-in-process.ts";

/** A home in which a dry run would create one task and update another. */
async function openChanged() {
  const at = await openHome({ files: { "inbox/a.md": "- [ ] Call Ann\n" } });
  await at.door.daemon.run("inbox");
  at.door.folder.write("inbox/a.md", "- [x] Call Ann\n- [ ] Buy paint by 2026-12-01\n");
  return at;
}

test("run --dry-run waits, and shows what would change as a diff", async () => {
  await using at = await openChanged();
  const { client, folder } = at.door;
  const before = (await client.entities("task")).items;
  const { code, stdout } = await at.run("run", "inbox", "--dry-run");
  expect(code).toBe(0);
  expect(stdout).toContain("1 would be created");
  expect(stdout).toContain(`${folder.file("inbox/a.md")}\n`);
  expect(stdout).toContain(
    [
      "  + task  Buy paint",
      "      status: open",
      "      priority: normal",
      "      due_date: 2026-12-01",
      "      “- [ ] Buy paint by 2026-12-01”",
    ].join("\n"),
  );
  expect(stdout).toContain(
    `  ~ task  Call Ann (${before[0]?.id})\n      status: open → done\n      “- [x] Call Ann”\n`,
  );
  expect(stdout).toContain("\nNothing was written.");
  expect((await client.entities("task")).items).toEqual(before);
});

test("consent to a dry run is no consent to a run that waits to write", async () => {
  await using at = await openHome({
    agents: {
      inbox: `model: { provider: openai, base_url: "https://models.invalid/v1", name: big }, confirm_above_files: 1`,
    },
    files: { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" },
  });
  const { client, daemon } = at.door;
  const waits = (run_id: string) =>
    waitFor("the run waits", async () => (await client.run(run_id)).awaits_confirmation);
  const writing = await client.trigger("inbox");
  await waits(writing.run_id);
  expect((await at.run("run", "inbox", "--dry-run", "--yes")).code).toBe(1);
  expect((await client.runs()).items).toMatchObject([
    { run_id: writing.run_id, awaits_confirmation: true },
  ]);

  await client.cancelRun(writing.run_id);
  const dry = await client.trigger("inbox", { dry_run: true });
  await waits(dry.run_id);
  await at.run("run", "inbox", "--dry-run", "--yes");
  // It goes on, as far as the key that it lacks.
  expect(await daemon.ended(dry.run_id)).toMatchObject({
    awaits_confirmation: false,
    error: { code: "key_missing" },
  });
});

test("run --dry-run --json is the run with its changes; nothing to change is said", async () => {
  await using at = await openChanged();
  const { stdout } = await at.run("run", "inbox", "--dry-run", "--json");
  const { run_id, changes } = JSON.parse(stdout);
  expect(changes).toEqual((await at.door.client.runChanges(run_id)).items.toReversed());
  expect(changes).toMatchObject([
    { op: "update", title: "A" },
    { op: "update", title: "Call Ann" },
    { op: "create", title: "Buy paint" },
  ]);
  await at.door.daemon.run("inbox");
  const again = await at.run("run", "inbox", "--dry-run");
  expect(again.stdout).toContain("It would change nothing.");
});
