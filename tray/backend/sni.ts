/*
 * The icon as a StatusNotifierItem on D-Bus, which most Linux desktops show
 * (https://specifications.freedesktop.org/status-notifier-item). Comes back by itself when the panel was
 * restarted; ends with the session, since the bus ends with it.
 */
import { type Bus, DBUS } from "../dbus/bus.ts";
import { createObject } from "../dbus/object.ts";
import type { Value } from "../dbus/wire.ts";
import { drawIcon } from "../icon/draw.ts";
import { encodeArgb } from "../icon/encode.ts";
import type { IconState } from "../icon/shape.ts";
import type { Menu } from "../menu.ts";
import type { Backend, BackendOptions } from "./backend.ts";
import { createSniMenu, MENU_PATH } from "./sni-menu.ts";

export const WATCHER = "org.kde.StatusNotifierWatcher";
const ITEM = "org.kde.StatusNotifierItem";
const ITEM_PATH = "/StatusNotifierItem";
// Panels take the nearest one: usual heights, and twice those.
const SIZES = [16, 22, 24, 32, 44, 48];

export async function openSni(bus: Bus, options: BackendOptions): Promise<Backend> {
  const { onClick } = options;
  let shown = options.menu;
  const closing = new AbortController();
  const menu = createSniMenu(shown.rows, onClick);
  const icons = new Map<IconState, Value>();

  function iconOf({ icon }: Menu): Value {
    const drawn = icons.get(icon) ?? SIZES.map((size): Value => encodeArgb(drawIcon(icon, size)));
    icons.set(icon, drawn);
    return drawn;
  }

  const activate = (): readonly Value[] => {
    onClick("icon");
    return [];
  };
  const ignore = { gives: "", run: (): readonly Value[] => [] };
  const item = createObject({
    [ITEM]: {
      properties: {
        Category: ["s", () => "ApplicationStatus"],
        Id: ["s", () => "agent-runner"],
        Title: ["s", () => "Agent Runner"],
        Status: ["s", () => "Active"],
        WindowId: ["i", () => 0],
        IconName: ["s", () => ""],
        IconThemePath: ["s", () => ""],
        IconPixmap: ["a(iiay)", () => iconOf(shown)],
        OverlayIconName: ["s", () => ""],
        AttentionIconName: ["s", () => ""],
        ToolTip: ["(sa(iiay)ss)", () => ["", [], shown.tooltip, ""]],
        // A left click opens the menu, too.
        ItemIsMenu: ["b", () => true],
        Menu: ["o", () => MENU_PATH],
      },
      methods: {
        Activate: { takes: "ii", gives: "", run: activate },
        ContextMenu: { takes: "ii", ...ignore },
        SecondaryActivate: { takes: "ii", ...ignore },
        Scroll: { takes: "is", ...ignore },
      },
    },
  });
  bus.serve(ITEM_PATH, item);
  bus.serve(MENU_PATH, menu.object);

  /** A panel that is not there yet takes the item when it comes. */
  async function register(): Promise<void> {
    const call = { destination: WATCHER, path: "/StatusNotifierWatcher", interface: WATCHER };
    const body = [bus.name];
    await bus
      .call({ ...call, member: "RegisterStatusNotifierItem", signature: "s", body })
      .catch(() => {});
  }

  await bus.listen(
    { interface: DBUS.interface, member: "NameOwnerChanged" },
    ({ body, sender }) => {
      const [name, , owner] = body;
      if (
        sender === DBUS.destination &&
        name === WATCHER &&
        owner !== "" &&
        !closing.signal.aborted
      ) {
        void register();
      }
    },
  );
  await register();

  return {
    name: "sni",
    show(next) {
      const before = shown;
      shown = next;
      const emit = (member: string): void => bus.emit({ path: ITEM_PATH, interface: ITEM, member });
      if (next.icon !== before.icon) emit("NewIcon");
      if (next.tooltip !== before.tooltip) emit("NewToolTip");
      const updated = menu.update(next.rows);
      if (updated !== undefined) bus.emit(updated);
    },
    lost: bus.closed.then(() => "the session's message bus has ended"),
    [Symbol.asyncDispose]() {
      closing.abort();
      return bus[Symbol.asyncDispose]();
    },
  };
}
