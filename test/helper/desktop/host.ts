import { setTimeout as wait } from "node:timers/promises";
import { type Bus, DBUS, openBus } from "../../../tray/dbus/bus.ts";
import { createObject } from "../../../tray/dbus/object.ts";
import { textOf, type Value, type Variant, variant } from "../../../tray/dbus/wire.ts";
import { waitFor } from "../program.ts";

const WATCHER = "org.kde.StatusNotifierWatcher";
const MENU = "com.canonical.dbusmenu";

/** A row of a menu, as a panel would draw it. */
export interface DrawnRow {
  id: number;
  label: string;
  enabled: boolean;
  checked: boolean;
  isLine: boolean;
  rows: DrawnRow[];
}

/** An item, read over D-Bus as a panel reads it. */
export interface HostedItem {
  readonly service: string;
  get(property: string): Promise<Value>;
  /** What of its menu is to be seen. */
  rows(): Promise<DrawnRow[]>;
  /** Waits until the menu satisfies a check, and gives it. */
  until(what: string, check: (rows: readonly DrawnRow[]) => boolean): Promise<DrawnRow[]>;
  click(label: string): Promise<void>;
}

/** What a panel is to tray icons, without the panel: the watcher they register with. */
export interface Host extends AsyncDisposable {
  readonly bus: Bus;
  /** How many registrations there were. */
  readonly registrations: readonly string[];
  /** Waits for the item that registered last. */
  item(): Promise<HostedItem>;
  /** Every signal of the item and its menu so far. */
  readonly signals: readonly string[];
}

export async function startHost(socket: string): Promise<Host> {
  const bus = await openBus(socket);
  const registrations: string[] = [];
  const places = new Map<string, { service: string; path: string }>();
  const signals: string[] = [];
  bus.serve(
    "/StatusNotifierWatcher",
    createObject({
      [WATCHER]: {
        properties: {
          RegisteredStatusNotifierItems: ["as", () => registrations],
          IsStatusNotifierHostRegistered: ["b", () => true],
          ProtocolVersion: ["i", () => 0],
        },
        methods: {
          RegisterStatusNotifierItem: {
            takes: "s",
            gives: "",
            run([name], { sender = "" }) {
              const said = textOf(name);
              registrations.push(said);
              // Some say who they are, and some where their item is.
              const isPath = said.startsWith("/");
              places.set(said, {
                service: isPath ? sender : said,
                path: isPath ? said : "/StatusNotifierItem",
              });
              return [];
            },
          },
          RegisterStatusNotifierHost: { takes: "s", gives: "", run: () => [] },
        },
      },
    }),
  );
  for (const [owner, member] of [
    ["org.kde.StatusNotifierItem", "NewIcon"],
    ["org.kde.StatusNotifierItem", "NewToolTip"],
    [MENU, "ItemsPropertiesUpdated"],
    [MENU, "LayoutUpdated"],
  ] as const) {
    await bus.listen({ interface: owner, member }, () => signals.push(member));
  }
  await bus.call({ ...DBUS, member: "RequestName", signature: "su", body: [WATCHER, 0] });

  return {
    bus,
    registrations,
    signals,
    async item() {
      const name = await waitFor("an item registers", () => registrations.at(-1));
      const { service, path } = places.get(name) ?? { service: name, path: "/StatusNotifierItem" };
      return hostItem(bus, service, path);
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

async function hostItem(bus: Bus, service: string, path: string): Promise<HostedItem> {
  const get = async (property: string): Promise<Value> => {
    const [value] = await bus.call({
      destination: service,
      path,
      interface: "org.freedesktop.DBus.Properties",
      member: "Get",
      signature: "ss",
      body: ["org.kde.StatusNotifierItem", property],
    });
    return (value as Variant).value;
  };
  const menu = { destination: service, path: textOf(await get("Menu")), interface: MENU };
  const rows = async (): Promise<DrawnRow[]> => {
    const [, root] = await bus.call({
      ...menu,
      member: "GetLayout",
      signature: "iias",
      body: [0, -1, []],
    });
    return drawRow(root as Value[]).rows;
  };
  return {
    service,
    get,
    rows,
    async until(what, check) {
      return waitFor(what, async () => {
        const drawn = await rows();
        if (check(drawn)) return drawn;
        await wait(20);
        return undefined;
      });
    },
    async click(label) {
      const found = flatten(await rows()).find((row) => row.label === label);
      if (found === undefined) throw new Error(`no row ${label}`);
      const body = [found.id, "clicked", variant("s", ""), 0];
      await bus.call({ ...menu, member: "Event", signature: "isvu", body });
    },
  };
}

export function flatten(rows: readonly DrawnRow[]): DrawnRow[] {
  return rows.flatMap((row) => [row, ...flatten(row.rows)]);
}

/** The labels of all rows that are to be seen. */
export function labels(rows: readonly DrawnRow[]): string[] {
  return flatten(rows).map(({ label, isLine }) => (isLine ? "--" : label));
}

function drawRow([id, properties, below]: readonly Value[]): DrawnRow {
  const known = new Map(properties as [string, Variant][]);
  const valueOf = (name: string): Value | undefined => known.get(name)?.value;
  const children = (below as Variant[]).map(({ value }) => value as Value[]);
  const isSeen = ([, told]: readonly Value[]): boolean =>
    new Map(told as [string, Variant][]).get("visible")?.value !== false;
  return {
    id: Number(id),
    // Written twice, so that it is no access key.
    label: textOf(valueOf("label")).replaceAll("__", "_"),
    enabled: valueOf("enabled") !== false,
    checked: valueOf("toggle-state") === 1,
    isLine: valueOf("type") === "separator",
    rows: children.filter(isSeen).map(drawRow),
  };
}
