/*
 * The icon as a StatusNotifierItem on D-Bus, which most Linux desktops show
 * (https://specifications.freedesktop.org/status-notifier-item). Comes back by itself after the panel
 * restarts; ends with the session, because the bus does.
 */
import { type Bus, type CallHandler, DBUS } from "../dbus/bus.ts";
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
// Panels use the nearest size: usual heights, and twice as high.
const SIZES = [16, 22, 24, 32, 44, 48];

/** Shows the icon on D-Bus. Owns `bus` from now on. */
export async function openSni(bus: Bus, options: BackendOptions): Promise<Backend> {
  const { onClick } = options;
  let shown = options.menu;
  const closing = new AbortController();
  const menu = createSniMenu(shown.rows, onClick);
  bus.serve(
    ITEM_PATH,
    createItem(() => shown, onClick),
  );
  bus.serve(MENU_PATH, menu.object);
  await followWatcher(bus, closing.signal);
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

function createItem(shown: () => Menu, onClick: BackendOptions["onClick"]): CallHandler {
  const icons = new Map<IconState, Value>();
  const iconOf = (icon: IconState): Value => {
    const drawn = icons.get(icon) ?? SIZES.map((size): Value => encodeArgb(drawIcon(icon, size)));
    icons.set(icon, drawn);
    return drawn;
  };
  const activate = (): readonly Value[] => {
    onClick("icon");
    return [];
  };
  const ignore = { gives: "", run: (): readonly Value[] => [] };
  return createObject({
    [ITEM]: {
      properties: {
        Category: ["s", () => "ApplicationStatus"],
        Id: ["s", () => "agent-runner"],
        Title: ["s", () => "Agent Runner"],
        Status: ["s", () => "Active"],
        WindowId: ["i", () => 0],
        IconName: ["s", () => ""],
        IconThemePath: ["s", () => ""],
        IconPixmap: ["a(iiay)", () => iconOf(shown().icon)],
        OverlayIconName: ["s", () => ""],
        AttentionIconName: ["s", () => ""],
        ToolTip: ["(sa(iiay)ss)", () => ["", [], shown().tooltip, ""]],
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
}

/** Registers the item with the panel, now and whenever a new panel starts. */
async function followWatcher(bus: Bus, signal: AbortSignal): Promise<void> {
  const match = { interface: DBUS.interface, member: "NameOwnerChanged" };
  await bus.listen(match, ({ body: [name, , owner], sender }) => {
    const isNew = sender === DBUS.destination && name === WATCHER && owner !== "";
    if (isNew && !signal.aborted) void register(bus);
  });
  await register(bus);
}

/** Fails silently without a panel: one that starts later is noticed. */
async function register(bus: Bus): Promise<void> {
  const call = { destination: WATCHER, path: "/StatusNotifierWatcher", interface: WATCHER };
  const body = [bus.name];
  await bus
    .call({ ...call, member: "RegisterStatusNotifierItem", signature: "s", body })
    .catch(() => {});
}
