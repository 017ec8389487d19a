import { spawn } from "node:child_process";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";

export function registerOpen(program: Command, context: Context): void {
  const command = program
    .command("open")
    .summary("Open the page in a browser")
    .description("Open the daemon's page in a browser, or print its address")
    .option("--print", "print the address and open nothing")
    .action(async (options: { print?: true }) => {
      const client = await connect(context.paths, context.signal);
      const { code } = await client.createSessionCode();
      // In the fragment, which a browser never sends and no server logs.
      const address = `${client.url}/#code=${code}`;
      const opened = options.print !== true && (await openInBrowser(address, context));
      context.output.show({ address, opened }, () =>
        opened
          ? ["The page is open in your browser."]
          : [address, "Open it in a browser on this machine within a minute. It works once."],
      );
    });
  explain(command, {
    more: "The address holds a code that works once, for one minute.",
    examples: [
      ["open", "in your browser"],
      ["open --print", "without a browser, e.g. over SSH"],
    ],
    exits: [[4, "no daemon runs in this home"]],
  });
}

// An opener starts a browser within this time, or fails.
const START_MS = 5_000;

/** Whether a browser was started. */
async function openInBrowser(address: string, { env, signal }: Context): Promise<boolean> {
  const [program, ...args] = opener(address);
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: "ignore", detached: true });
    // Some openers return at once, others stay as long as the browser, which then runs.
    const timer = setTimeout(() => settle(true), START_MS);
    const settle = (opened: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(opened);
    };
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
    signal.addEventListener("abort", () => settle(false), { once: true });
  });
}

function opener(address: string): [program: string, ...args: string[]] {
  switch (process.platform) {
    case "darwin":
      return ["open", address];
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler", address];
    default:
      return ["xdg-open", address];
  }
}
