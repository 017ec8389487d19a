import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { hang, startScriptedServer } from "../helper/scripted-server.ts";

test("the first start writes a private config with an inbox, and files what lies there", async ({
  skip,
}) => {
  await using fresh = testHome({ "home/inbox/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
  // The config names the usual port, which may be taken here.
  const program = fresh.start();
  const client = await Promise.race([
    fresh.connect(),
    waitFor("the program ends", () => program.child.exitCode !== null).then(() => undefined),
  ]);
  const config = readFileSync(fresh.file("home/config.yaml"), "utf8");
  expect(config).toContain(fresh.file("home/inbox"));
  expect(statSync(fresh.file("home/config.yaml")).mode & 0o777).toBe(0o600);
  if (client === undefined) {
    skip("the usual port is taken");
    return;
  }
  const run = await waitForRun(client, "inbox");
  expect(run).toMatchObject({ trigger: "startup", files: { processed: 1 } });
  const tasks = await fresh.run("tasks");
  expect(tasks.stdout).toContain("Call Bob");
  expect(tasks.stdout).toContain("weekly.md");
});

test("a broken config ends the start with 2, at its line, and nothing is touched", async () => {
  await using home = testHome();
  home.configure("agents:\n  - { id: test, directories: [{ path: /x, max_detph: 3 }] }\n");
  const ended = await home.run("start");
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/config\.yaml line 4.*max_detph/su);
  expect(ended.stderr).toContain("max_depth");
  expect(existsSync(home.file("home/agent-runner.db"))).toBe(false);
});

test("YAML that is none ends the start with 2, at its line", async () => {
  await using home = testHome();
  home.configure("agents: [\n");
  const ended = await home.run("start", "--json");
  expect(ended.code).toBe(2);
  expect(JSON.parse(ended.stdout)).toMatchObject({
    error: { code: "config_invalid", kind: "user" },
  });
});

test("a port that another program holds ends the start with 2 and names it", async () => {
  await using home = testHome();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  home.write("home/config.yaml", `version: 1\nserver: { port: ${port} }\n`);
  const ended = await home.run("start");
  other.close();
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(String(port));
  expect(ended.stderr).toContain("server.port");
});

test("a second daemon is told who holds the home and ends with 4, and the first goes on", async () => {
  await using home = testHome();
  home.configure("");
  const first = home.start();
  const client = await home.connect();
  const second = await home.run("start");
  expect(second.code).toBe(4);
  expect(second.stderr).toContain(String(first.child.pid));
  expect((await client.health()).status).toBe("ok");
});

test("SIGTERM in the middle of a request ends the daemon with 0 within five seconds, and the work goes on later", async () => {
  await using home = testHome({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => hang());
  home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
  const program = home.start();
  await waitFor("the request arrives", () => server.requests.length === 1);
  const asked = Date.now();
  expect(await program.end("SIGTERM")).toBe(0);
  expect(Date.now() - asked).toBeLessThan(5_000);
  expect(existsSync(home.file("home/daemon.json"))).toBe(false);
  home.start();
  await waitFor("the request is sent again", () => server.requests.length === 2);
  const client = await home.connect();
  expect((await client.runs()).items).toMatchObject([{ status: "running", trigger: "startup" }]);
});

test("nothing the product keeps can be read by others, and no key is in any of it", async () => {
  await using home = testHome({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => hang());
  home.write("home/secrets.env", "MY_KEY=sk-very-secret-12345\n");
  home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: "\${MY_KEY}" }
agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
  const program = home.start();
  await waitFor("the request arrives", () => server.requests.length === 1);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer sk-very-secret-12345");
  const agents = await home.run("agents", "--json");
  await program.end("SIGTERM");
  for (const name of ["agent-runner.db", "logs/agent-runner.log"]) {
    expect(statSync(home.file(`home/${name}`)).mode & 0o077, name).toBe(0);
    expect(readFileSync(home.file(`home/${name}`)).includes("sk-very-secret"), name).toBe(false);
  }
  expect(agents.stdout).not.toContain("sk-very-secret");
});
