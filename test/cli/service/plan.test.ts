import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { planService, type ServicePlace } from "../../../daemon/cli/service/plan.ts";
import { desktopQuote, systemdQuote, windowsQuote } from "../../../daemon/cli/service/template.ts";
import { testFolder } from "../../helper/folder.ts";
import { findProgram } from "../../helper/desktop/need.ts";

const place = (fields: Partial<ServicePlace> = {}): ServicePlace => ({
  platform: "linux",
  env: {},
  userHome: "/home/ann",
  uid: 501,
  user: "DESK\\ann",
  runtime: "/opt/node",
  entry: "/opt/launch.js",
  state: "C:\\state",
  ...fields,
});

test("on Linux a user unit starts the daemon and the session's autostart the tray", () => {
  const { manager, files, enable, disable } = planService(place());
  expect(manager).toBe("systemd");
  expect(files.map((file) => file.path)).toEqual([
    "/home/ann/.config/systemd/user/agent-runner.service",
    "/home/ann/.config/autostart/agent-runner-tray.desktop",
  ]);
  expect(files[0]?.text).toContain('ExecStart="/opt/node" "/opt/launch.js" "start"\nRestart=');
  expect(files[1]?.text).toContain('Exec="/opt/node" "/opt/launch.js" "tray" "--with-daemon"\n');
  // Neither starts nor ends the one that runs.
  expect([...enable, ...disable].flat()).not.toContain("--now");
});

test("a home of its own has a service of its own, which keeps it", () => {
  const env = { AGENT_RUNNER_HOME: "/data/my home", XDG_CONFIG_HOME: "/cfg" };
  const { name, files } = planService(place({ env }));
  expect(name).toMatch(/^agent-runner-[0-9a-f]{8}$/u);
  expect(files[0]?.path).toBe(`/cfg/systemd/user/${name}.service`);
  expect(files[0]?.text).toContain('Environment="AGENT_RUNNER_HOME=/data/my home"\n');
  expect(files[1]?.text).toContain('Exec="env" "AGENT_RUNNER_HOME=/data/my home" "/opt/node"');
});

test("systemd finds nothing wrong with the unit, whatever stands in the paths", ({ skip }) => {
  if (findProgram("systemd-analyze") === undefined) skip("needs systemd-analyze");
  using folder = testFolder();
  const runtime = folder.write('a "b" %h $HOME \\/node', "#!/bin/sh\n");
  chmodSync(runtime, 0o755);
  const env = { AGENT_RUNNER_HOME: folder.file("my home %h") };
  const { name, files } = planService(place({ env, runtime }));
  const unit = folder.write(`${name}.service`, files[0]?.text ?? "");
  const said = execFileSync("systemd-analyze", ["verify", "--user", unit], {
    encoding: "utf8",
    env: { ...process.env, XDG_RUNTIME_DIR: folder.path },
  });
  expect(said).toBe("");
});

// What only root can set for a service. A manager without privileges refuses to start a unit that has it, or ignores it.
const NEEDS_ROOT =
  /^(CapabilityBoundingSet|UserOrDynamicUser|DeviceAllow|PrivateDevices|Protect(Clock|ControlGroups|Hostname|Kernel))/u;

interface Judgement {
  json_field: string;
}

test("what a service of a user can be kept from, the unit keeps it from", ({ skip }) => {
  // CI must have it.
  const isHere = findProgram("systemd-analyze") !== undefined || process.env["CI"] !== undefined;
  if (!isHere) skip("needs systemd-analyze");
  using folder = testFolder();
  const { files } = planService(place({ env: {} }));
  const unit = folder.write("agent-runner.service", files[0]?.text ?? "");
  const security = (...args: string[]): string =>
    execFileSync("systemd-analyze", ["security", "--offline=true", ...args, unit], {
      encoding: "utf8",
    });
  const judged: Judgement[] = JSON.parse(security("--json=short"));
  const left = judged.filter(({ json_field }) => NEEDS_ROOT.test(json_field));
  const policy = Object.fromEntries(left.map(({ json_field }) => [json_field, { weight: 0 }]));
  const file = folder.write("policy.json", JSON.stringify(policy));
  const said = security("--no-pager", `--security-policy=${file}`);
  const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/u.exec(said) ?? [];
  expect(Number(exposure)).toBeLessThanOrEqual(4);
});

test.each([
  ["darwin", "launchd", "/Users/<ann> & co/node", "/Library/LaunchAgents/agent-runner.plist"],
  [
    "win32",
    "task_scheduler",
    "C:\\Program Files\\<a> & b\\node.exe",
    "C:\\state\\agent-runner.xml",
  ],
] as const)(
  "on %s what %s reads is sound XML with every path in it",
  (platform, manager, runtime, file) => {
    const plan = planService(place({ platform, runtime, env: { AGENT_RUNNER_HOME: "" } }));
    expect(plan.manager).toBe(manager);
    expect(plan.files[0]?.path.endsWith(file)).toBe(true);
    const text = plan.files[0]?.text ?? "";
    expect(text).not.toContain("{{");
    expect(text).toContain(runtime.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
  },
);

test.for(["darwin", "win32"] as const)(
  "xmllint finds nothing wrong with what is written on %s",
  (platform, { skip }) => {
    if (findProgram("xmllint") === undefined) skip("needs xmllint");
    using folder = testFolder();
    const env = { AGENT_RUNNER_HOME: "/Users/<ann> & co" };
    const plan = planService(place({ platform, env, runtime: "/a <b> & c" }));
    const file = folder.write("file.xml", plan.files[0]?.text ?? "");
    expect(execFileSync("xmllint", ["--noout", "--nonet", file], { encoding: "utf8" })).toBe("");
  },
);

test.each([
  [systemdQuote, String.raw`a "b" \ %h $HOME`, String.raw`"a \"b\" \\ %%h $$HOME"`],
  [desktopQuote, 'a "b" $c %u', String.raw`"a \\"b\\" \\$c %%u"`],
  [windowsQuote, String.raw`C:\a "b"\ `.trim(), String.raw`"C:\a \"b\"\\"`],
])("%o quotes %s", (quote, word, quoted) => {
  expect(quote(word)).toBe(quoted);
});
