import type { Command } from "commander";
import { openOnDesktop } from "../../../tray/open-on-desktop.ts";
import { createSignIn, openPage } from "../../../tray/open-page.ts";
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
      const { paths, env, signal } = context;
      const client = await connect(paths, signal);
      const signIn = await createSignIn(client);
      const { address } = signIn;
      const open = (file: string): Promise<boolean> => openOnDesktop(file, env, signal);
      const opened = options.print !== true && (await openPage(paths, signIn, open));
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
