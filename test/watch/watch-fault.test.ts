import { expect, test } from "vitest";
import { describeWatchFault } from "../../daemon/watch/watch-fault.ts";

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });

const isLinux = process.platform === "linux";

test.runIf(isLinux).each([
  ["ENOSPC", "max_user_watches"],
  ["EMFILE", "max_user_instances"],
])("%s of a watch names the limit %s, its value, and the line that raises it", (code, limit) => {
  const fault = describeWatchFault("/root", systemError(code, "watch"));
  expect(fault.code).toBe("watch_limit");
  const current = Number(/\((\d+)\)/.exec(fault.message)?.[1]);
  expect(fault.message).toContain(`/root cannot be watched: the limit fs.inotify.${limit}`);
  const proposed = Number(
    new RegExp(`fs\\.inotify\\.${limit}=(\\d+) `).exec(fault.hint ?? "")?.[1],
  );
  expect(proposed).toBeGreaterThanOrEqual(2 * current);
  expect(fault.hint).toContain("sudo sysctl --system");
});

test.each([
  [systemError("EMFILE", "scandir"), "watch_limit", "ulimit -n"],
  [systemError("ENFILE", "open"), "watch_limit", "ulimit -n"],
  [systemError("EIO", "watch"), "watch_failed", "poll"],
  [new Error("a surprise"), "watch_failed", "sweep"],
])("%s is a %s", (error, code, hint) => {
  const fault = describeWatchFault("/root", error);
  expect(fault).toMatchObject({ code, message: expect.stringContaining("/root") });
  expect(fault.hint).toContain(hint);
});
