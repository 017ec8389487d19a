// Speaks the protocol of systray2's program as it was recorded, and behaves as badly as it is told to:
// `fake-systray2.ts MODE LOG`. Each line it reads goes to the log. A title `click N` makes it click row N.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

interface Item {
  __id: number;
  title: string;
  items?: Item[];
}
interface Message {
  type?: string;
  items?: Item[];
  item?: Item;
}

const [mode = "", log = ""] = process.argv.slice(2);
const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const known = new Set<number>();

function learn(items: readonly Item[]): void {
  for (const { __id, items: below = [] } of items) {
    known.add(__id);
    learn(below);
  }
}

function click(id: number): void {
  say({ type: "clicked", item: { title: "", items: null, __id: id }, seq_id: 0, __id: id });
}

function take(message: Message): void {
  if (message.items !== undefined) learn(message.items);
  if (message.type === "exit" && mode !== "stay") process.exit(0);
  const { item } = message;
  if (item === undefined) return;
  // As the real one does: it has no such row.
  if (!known.has(item.__id)) process.exit(2);
  const [, id] = /^click (\d+)/u.exec(item.title) ?? [];
  if (id !== undefined) click(Number(id));
}

function listen(): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    appendFileSync(log, `${line}\n`);
    take(JSON.parse(line) as Message);
  });
  lines.on("close", () => mode !== "stay" && process.exit(0));
}

switch (mode) {
  case "missing library":
    process.stderr.write("error while loading shared libraries: libappindicator3.so.1\n");
    process.exit(127);
    break;
  case "no display":
    process.stderr.write("\n(tray:1): Gtk-WARNING **: cannot open display: \n");
    process.exit(1);
    break;
  case "hang":
    setInterval(() => {}, 60_000);
    break;
  case "deaf":
    // Ready, and never reads.
    say({ type: "ready" });
    setInterval(() => {}, 60_000);
    break;
  case "garbage":
    process.stdout.write('failed to remove temp icon file\n[]\nnull\n{"type":"clicked"}\n');
    process.stderr.write("x".repeat(1_000_000));
    say({ type: "ready" });
    click(999);
    listen();
    break;
  case "endless line":
    say({ type: "ready" });
    setInterval(() => process.stdout.write("x".repeat(65_536)), 1);
    break;
  case "dies":
    say({ type: "ready" });
    process.stdin.once("data", () => process.exit(3));
    break;
  default:
    say({ type: "ready" });
    if (mode === "stay") setInterval(() => {}, 60_000);
    listen();
}
