/*
 * What code that took over the process of the extractor would try. Started under the flags of that process, each try is
 * refused; started without them, each succeeds, so that none is refused for a reason of its own. Reads a line of JSON
 * ({@link Targets}) from stdin and prints one ({@link Outcomes}).
 */
import childProcess from "node:child_process";
import cluster from "node:cluster";
import dgram from "node:dgram";
import dns from "node:dns";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import inspector from "node:inspector";
import module, { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import repl from "node:repl";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import tls from "node:tls";
import trace from "node:trace_events";
import v8 from "node:v8";
import vm from "node:vm";
import workers from "node:worker_threads";
import zlib from "node:zlib";

export interface Targets {
  /** A directory with `secret.txt`, `secret.json`, `secret.cjs`, `secret.mjs`, `secret.env`, `secret.zip` and `empty/`. */
  folder: string;
  /** A process that belongs to the same user. */
  pid: number;
  /** Where something listens on loopback. */
  port: number;
  /** A Unix socket on which something listens. */
  socket: string;
  /** A native addon. */
  addon: string;
  /** Tries that are left out. */
  without: string[];
}

/** What became of each try: `got`, or how it was refused. */
export type Outcomes = Record<string, string>;

type Tries = Record<string, () => unknown>;

const require = createRequire(import.meta.url);

/** Calls what types do not know, or what is not there any more. */
function call(owner: object, name: string, ...args: unknown[]): unknown {
  return Reflect.apply(Reflect.get(owner, name), owner, args);
}

/** What a callback API gives as error, or undefined. */
function answered(begin: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    begin((error) => (error ? reject(error) : resolve()));
  });
}

function reading({ folder }: Targets): Tries {
  const secret = path.join(folder, "secret.txt");
  const above = path.join(import.meta.dirname, "../../daemon/core/../../package.json");
  const descriptor = (): number => fs.openSync(secret, "r");
  return {
    readFileSync: () => fs.readFileSync(secret),
    "readFileSync of bytes": () => fs.readFileSync(Buffer.from(secret)),
    "readFileSync of a URL": () => fs.readFileSync(new URL(`file://${secret}`)),
    "readFileSync above what is allowed": () => fs.readFileSync(Buffer.from(above)),
    readFile: () => answered((done) => fs.readFile(secret, done)),
    "promises.readFile": () => fs.promises.readFile(secret),
    openSync: () => fs.closeSync(descriptor()),
    "promises.open": async () => (await fs.promises.open(secret)).close(),
    "read by descriptor": () => fs.readSync(descriptor(), Buffer.alloc(1)),
    "descriptors of /proc": () => fs.readFileSync(`/proc/${process.ppid}/cmdline`),
    "environment of the parent": () => fs.readFileSync(`/proc/${process.ppid}/environ`),
    createReadStream: () => once(fs.createReadStream(secret), "data"),
    openAsBlob: async () => (await fs.openAsBlob(secret)).text(),
    statSync: () => fs.statSync(secret),
    lstatSync: () => fs.lstatSync(secret),
    "promises.stat": () => fs.promises.stat(secret),
    accessSync: () => fs.accessSync(secret),
    existsSync: () => fs.existsSync(secret) || fs.accessSync(secret),
    statfsSync: () => fs.statfsSync(folder),
    readdirSync: () => fs.readdirSync(folder),
    "promises.readdir": () => fs.promises.readdir(folder),
    opendirSync: () => fs.opendirSync(folder).closeSync(),
    globSync: () => fs.globSync(path.join(folder, "*"))[0] ?? fs.accessSync(secret),
    "whether a path exists": () => fs.realpathSync(secret),
    "whether a module exists": () => require.resolve(secret),
    "realpathSync.native": () => fs.realpathSync.native(secret),
    readlinkSync: () => fs.readlinkSync(path.join(folder, "link")),
    watch: () => fs.watch(folder).close(),
    watchFile: () => {
      fs.watchFile(secret, () => {});
      fs.unwatchFile(secret);
    },
    "promises.watch": async () => {
      const signal = AbortSignal.timeout(50);
      const events = fs.promises.watch(folder, { signal });
      try {
        for await (const _ of events) return;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    "zlib.ZipFile": () =>
      call(Reflect.get(zlib, "ZipFile"), "openSync", path.join(folder, "secret.zip")),
    loadEnvFile: () => process.loadEnvFile(path.join(folder, "secret.env")),
    "require of JSON": () => require(path.join(folder, "secret.json")) as unknown,
    "require of code": () => require(path.join(folder, "secret.cjs")) as unknown,
    "import of code": () => import(path.join(folder, "secret.mjs")),
    "code in a vm": () => vm.runInThisContext("(fs, at) => fs.readFileSync(at)")(fs, secret),
    "a changed permission": () => {
      Reflect.set(process.permission ?? {}, "has", () => true);
      return fs.readFileSync(secret);
    },
  };
}

function writing({ folder }: Targets): Tries {
  const secret = path.join(folder, "secret.txt");
  let made = 0;
  const fresh = (): string => path.join(folder, `made-${(made += 1)}`);
  return {
    writeFileSync: () => fs.writeFileSync(fresh(), "x"),
    "writeFileSync beside the code": () => {
      const beside = path.join(import.meta.dirname, `made-${process.pid}`);
      fs.writeFileSync(beside, "x");
      fs.rmSync(beside);
    },
    "writeFileSync in shared memory": () => {
      const file = path.join("/dev/shm", `agent-runner-${process.pid}`);
      fs.writeFileSync(file, "x");
      fs.rmSync(file);
    },
    "promises.writeFile": () => fs.promises.writeFile(fresh(), "x"),
    appendFileSync: () => fs.appendFileSync(secret, ""),
    createWriteStream: () => once(fs.createWriteStream(fresh()), "open"),
    truncateSync: () => fs.truncateSync(secret, 6),
    cpSync: () => fs.cpSync(secret, fresh()),
    copyFileSync: () => fs.copyFileSync(secret, fresh()),
    mkdirSync: () => fs.mkdirSync(fresh()),
    mkdtempSync: () => fs.mkdtempSync(fresh()),
    rmSync: () => fs.rmSync(path.join(folder, "removed")),
    unlinkSync: () => fs.unlinkSync(path.join(folder, "unlinked")),
    rmdirSync: () => fs.rmdirSync(path.join(folder, "empty")),
    renameSync: () => fs.renameSync(path.join(folder, "renamed"), fresh()),
    symlinkSync: () => fs.symlinkSync(secret, fresh()),
    linkSync: () => fs.linkSync(secret, fresh()),
    chmodSync: () => fs.chmodSync(secret, 0o644),
    chownSync: () => fs.chownSync(secret, os.userInfo().uid, os.userInfo().gid),
    lchownSync: () => fs.lchownSync(secret, os.userInfo().uid, os.userInfo().gid),
    utimesSync: () => fs.utimesSync(secret, 1, 1),
    lutimesSync: () => fs.lutimesSync(secret, 1, 1),
    "report.writeReport": () => process.report.writeReport(fresh()),
    writeHeapSnapshot: () => v8.writeHeapSnapshot(fresh()),
    setHeapSnapshotNearHeapLimit: () => v8.setHeapSnapshotNearHeapLimit(1),
    setHeapProfileNearHeapLimit: () => call(v8, "setHeapProfileNearHeapLimit", 1),
    "trace events": () => {
      process.chdir(folder);
      const tracing = trace.createTracing({ categories: ["node"] });
      tracing.enable();
      tracing.disable();
    },
    "compile cache": () => {
      const { status, message } = module.enableCompileCache(path.join(folder, "cache"));
      if (status === module.constants.compileCacheStatus.FAILED) throw denied(message);
    },
    "history of a repl": () => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const shell = repl.start({ input, output });
      const file = path.join(folder, "history");
      return answered((done) => shell.setupHistory(file, done)).then(() => {
        shell.close();
        return fs.accessSync(file);
      });
    },
  };
}

/** An error of an API that says with a status that it is refused. */
function denied(why = ""): Error {
  return Object.assign(new Error(why), { code: "ERR_ACCESS_DENIED" });
}

function network({ port, socket }: Targets): Tries {
  const url = `http://127.0.0.1:${port}/`;
  const settle = (request: http.ClientRequest): Promise<unknown> => {
    request.end();
    return once(request, "response").finally(() => request.destroy());
  };
  const listen = (where: number | string): Promise<unknown> => {
    const server = net.createServer().listen(where);
    return once(server, "listening").finally(() => server.close());
  };
  const datagram = (begin: (socket: dgram.Socket, done: () => void) => void): Promise<void> => {
    const opened = dgram.createSocket("udp4");
    return answered((done) => {
      opened.on("error", done);
      begin(opened, done);
    }).finally(() => opened.close());
  };
  return {
    "net.connect": () => once(net.connect(port, "127.0.0.1"), "connect"),
    "net.connect to a Unix socket": () => once(net.connect(socket), "connect"),
    "net.Server": () => listen(0),
    "net.Server on a Unix socket": () => listen(`${socket}-2`),
    "net.Server on an abstract socket": () => listen(`\0agent-runner-${process.pid}`),
    "net.BoundSocket": () => {
      const bound: object = Reflect.construct(Reflect.get(net, "BoundSocket"), [
        { port: 0, host: "127.0.0.1" },
      ]);
      call(bound, "close");
    },
    "http.get": () => settle(http.get(url)),
    "https.get": () =>
      answered((done) =>
        https.get(`https://127.0.0.1:${port}`).on("error", (error) => done(tlsSpoke(error))),
      ),
    "tls.connect": () =>
      answered((done) =>
        tls.connect(port, "127.0.0.1").on("error", (error) => done(tlsSpoke(error))),
      ),
    "http2.connect": () => {
      const session = http2.connect(url);
      return once(session, "connect").finally(() => session.destroy());
    },
    fetch: async () => (await fetch(url)).text(),
    "fetch of a name": async () => (await fetch(`http://localhost:${port}/`)).text(),
    WebSocket: () => {
      const opened = new WebSocket(`ws://127.0.0.1:${port}/`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      opened.addEventListener("open", () => resolve());
      opened.addEventListener("error", () => reject(denied()));
      return promise;
    },
    "dgram.bind": () => datagram((opened, done) => opened.bind(0, "127.0.0.1", done)),
    "dgram.send": () => datagram((opened, done) => opened.send("x", port, "127.0.0.1", done)),
    "dns.lookup": () =>
      answered((done) =>
        dns.lookup("127.0.0.1.nip", { hints: dns.ADDRCONFIG }, (error) => done(wasAsked(error))),
      ),
    "dns.promises.lookup": () => dns.promises.lookup("localhost"),
    "dns.resolve": () =>
      answered((done) => dns.resolve("agent-runner.invalid", (error) => done(wasAsked(error)))),
    "dns.reverse": () =>
      answered((done) => dns.reverse("127.0.0.1", (error) => done(wasAsked(error)))),
    "dns.lookupService": () => dns.promises.lookupService("127.0.0.1", 80),
  };
}

/** The other side answered, but not in TLS. */
function tlsSpoke(error: Error): Error | null {
  return "code" in error && /^(ERR_SSL_|EPROTO)/u.test(String(error.code)) ? null : error;
}

/** The name server was asked, whatever it answered. */
function wasAsked(error: NodeJS.ErrnoException | null): Error | null {
  return error !== null &&
    /^(ENOTFOUND|ECONNREFUSED|ETIMEOUT|ESERVFAIL|ENODATA|EAI_AGAIN)$/u.test(error.code ?? "")
    ? null
    : error;
}

function programs({ pid, addon }: Targets): Tries {
  return {
    spawn: () => once(childProcess.spawn("true"), "exit"),
    spawnSync: () => {
      const { error } = childProcess.spawnSync("true");
      if (error) throw error;
    },
    exec: () => answered((done) => childProcess.exec("true", done)),
    execSync: () => childProcess.execSync("true"),
    execFile: () => answered((done) => childProcess.execFile("true", done)),
    fork: () => childProcess.fork(import.meta.filename, { stdio: "ignore" }).kill(),
    "cluster.fork": () => void cluster.fork().process.kill(),
    Worker: () => new workers.Worker("", { eval: true }),
    "process.dlopen": () => process.dlopen({ exports: {} }, addon),
    "require of an addon": () => require(addon) as unknown,
    "process._linkedBinding": () => call(process, "_linkedBinding", "fs"),
    "process.binding": () => call(process, "binding", "fs"),
    "node:sqlite in memory": () => openSqlite(":memory:"),
    "node:ffi": async () => {
      const ffi: object = await import(`node:${"ffi"}`);
      call(ffi, "dlopen", "libc.so.6", {});
    },
    "node:wasi": () => {
      const { WASI } = process.getBuiltinModule("node:wasi");
      return new WASI({ version: "preview1", preopens: { "/": "/" } });
    },
    "module.register": () => module.register(new URL("data:text/javascript,").href),
    "inspector.open": () => {
      inspector.open(0, "127.0.0.1");
      inspector.close();
    },
    "inspector.Session": () => {
      const session = new inspector.Session();
      session.connect();
      session.disconnect();
    },
    "a signal 0": () => process.kill(pid, 0),
    SIGUSR1: () => process.kill(pid, "SIGUSR1"),
    SIGCONT: () => process.kill(pid, "SIGCONT"),
    "process._kill": () => call(process, "_kill", pid, 0),
    "process._debugProcess": () => call(process, "_debugProcess", pid),
    "signals by the module": async () => {
      const { kill } = await import("node:process");
      kill(pid, 0);
    },
    "os.setPriority": () => os.setPriority(pid, os.getPriority(pid)),
    "flags of V8": () => v8.setFlagsFromString("--stack-size=984"),
    "natives of V8": () => {
      call(v8, "setFlagsFromString", "--allow-natives-syntax");
      vm.runInThisContext("%GetOptimizationStatus(() => {})");
    },
    umask: () => process.umask(0o077),
    setuid: () => call(process, "setuid", os.userInfo().uid),
    setgid: () => call(process, "setgid", os.userInfo().gid),
    chdir: () => process.chdir("/"),
  };
}

function openSqlite(file: string): object {
  const { DatabaseSync }: { DatabaseSync: new (file: string) => object } = require("node:sqlite");
  return new DatabaseSync(file);
}

function sqlite({ folder }: Targets): Tries {
  const database = path.join(folder, "sqlite.db");
  return {
    "node:sqlite": () => openSqlite(database),
    "ATTACH of node:sqlite": () =>
      call(openSqlite(":memory:"), "exec", `ATTACH '${database}' AS a`),
    "process.getBuiltinModule": () => {
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
      return new DatabaseSync(":memory:");
    },
  };
}

async function outcomeOf(attempt: () => unknown): Promise<string> {
  try {
    const late = wait(3_000, "late", { ref: false });
    const result = await Promise.race([attempt(), late]);
    return result === "late" ? "no answer" : "got";
  } catch (thrown) {
    const { code, name, cause } = thrown as Error & { code?: string; cause?: { code?: string } };
    return code ?? cause?.code ?? name;
  }
}

// What fails once more after it failed, such as a socket that emits its error.
process.on("uncaughtException", () => {});

const [line = ""] = (await text(process.stdin)).split("\n");
const targets: Targets = JSON.parse(line);
const tries = {
  ...reading(targets),
  ...network(targets),
  ...writing(targets),
  ...programs(targets),
  ...sqlite(targets),
};
const outcomes: Outcomes = {};
for (const [name, attempt] of Object.entries(tries)) {
  if (!targets.without.includes(name)) outcomes[name] = await outcomeOf(attempt);
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit());
