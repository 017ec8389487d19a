import type { Journal } from "./open.ts";

/** The watched directories of an agent that a scan saw, with what told them apart then. */
export function listScannedDirectories(
  journal: Journal,
  agentId: string,
): Map<string, { device: number; inode: number } | null> {
  const rows = journal.all(
    journal.build
      .selectFrom("directories")
      .select(["path", "device", "inode"])
      .where("agent_id", "=", agentId),
  );
  return new Map(
    rows.map(({ path, device, inode }) => [
      path,
      device === null || inode === null ? null : { device, inode },
    ]),
  );
}

/** Notes what a scan found a watched directory to be; its last identity stays while it is away. */
export function saveDirectory(
  journal: Journal,
  directory: {
    agent_id: string;
    path: string;
    identity: { device: number; inode: number } | null;
    online: boolean;
  },
  now: string,
): void {
  const { agent_id, path, identity, online } = directory;
  const seen = identity === null ? {} : { ...identity, ...(online ? { scanned_at: now } : {}) };
  journal.run(
    journal.build
      .insertInto("directories")
      .values({
        agent_id,
        path,
        device: identity?.device ?? null,
        inode: identity?.inode ?? null,
        online: online ? 1 : 0,
        scanned_at: online ? now : null,
      })
      .onConflict((conflict) =>
        conflict.columns(["agent_id", "path"]).doUpdateSet({ online: online ? 1 : 0, ...seen }),
      ),
  );
}
