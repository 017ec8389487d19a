import { readdirSync, readFileSync } from "node:fs";

/** What a whole process takes now, in MB (10^6 bytes). Linux only. */
export function readMemory(pid: number): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const read = (name: string): number => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "mu").exec(text)?.[1];
    if (kilobytes === undefined) throw new Error(`smaps_rollup of ${pid} has no ${name}.`);
    return (Number(kilobytes) * 1024) / 1e6;
  };
  return { rss: read("Rss"), pss: read("Pss") };
}

/** How many directories or files a process has watched by inotify. Linux only. */
export function countWatches(pid: number): number {
  let count = 0;
  for (const handle of readdirSync(`/proc/${pid}/fdinfo`)) {
    try {
      const text = readFileSync(`/proc/${pid}/fdinfo/${handle}`, "utf8");
      count += text.match(/^inotify wd:/gmu)?.length ?? 0;
    } catch {
      // It was closed since the list was read.
    }
  }
  return count;
}
