import { isDeepStrictEqual } from "node:util";
import type { CallHandler, Signal } from "../dbus/bus.ts";
import { createObject } from "../dbus/object.ts";
import { type Value, variant } from "../dbus/wire.ts";
import type { Row } from "../menu.ts";
import { escapeAccessKeys } from "./backend.ts";

export const MENU_PATH = "/MenuBar";
const MENU = "com.canonical.dbusmenu";
// Rows never come or go, so the layout never changes its revision.
const REVISION = 1;

export interface SniMenu {
  readonly object: CallHandler;
  /** Replaces the rows. Returns the signal to send; undefined if nothing changed. */
  update(rows: readonly Row[]): Signal | undefined;
}

type Properties = readonly (readonly [name: string, value: Value])[];

/**
 * A menu as com.canonical.dbusmenu (libdbusmenu's dbus-menu.xml). Its first row has the id 1; 0 is the
 * menu itself.
 */
export function createSniMenu(rows: readonly Row[], onClick: (key: string) => void): SniMenu {
  const shown: ShownRows = { menu: rows, all: flatten(rows), ids: new Map() };
  for (const [index, { key }] of shown.all.entries()) shown.ids.set(key, index + 1);
  return {
    object: createMenuObject(shown, onClick),
    update(next) {
      const before = shown.all;
      shown.menu = next;
      shown.all = flatten(next);
      const changed = listChanges(before, shown.all);
      if (changed.length === 0) return undefined;
      return {
        path: MENU_PATH,
        interface: MENU,
        member: "ItemsPropertiesUpdated",
        signature: "a(ia{sv})a(ias)",
        body: [changed, []],
      };
    },
  };
}

/** The rows that hosts see at this moment. */
interface ShownRows {
  menu: readonly Row[];
  /** The rows of the menu and of its submenus, by their ids minus 1. */
  all: readonly Row[];
  /** Ids by key; fixed, because rows never come or go. */
  readonly ids: Map<string, number>;
}

function createMenuObject(shown: ShownRows, onClick: (key: string) => void): CallHandler {
  /** A row with submenu rows also reports a click, when these are shown. */
  const click = (id: Value, event: Value): void => {
    const row = shown.all[Number(id) - 1];
    if (event === "clicked" && row?.rows === undefined && row?.enabled) onClick(row.key);
  };
  return createObject({
    [MENU]: {
      properties: {
        Version: ["u", () => 3],
        TextDirection: ["s", () => "ltr"],
        Status: ["s", () => "normal"],
        IconThemePath: ["as", () => []],
      },
      methods: {
        GetLayout: {
          takes: "iias",
          gives: "u(ia{sv}av)",
          run: ([parent, depth]) => [REVISION, layoutOf(shown, Number(parent), Number(depth))],
        },
        GetGroupProperties: {
          takes: "aias",
          gives: "a(ia{sv})",
          run: ([wanted]) => [groupOf(shown, wanted as readonly Value[])],
        },
        GetProperty: {
          takes: "is",
          gives: "v",
          run: ([id, name]) => [propertyOf(shown.all[Number(id) - 1], name)],
        },
        Event: {
          takes: "isvu",
          gives: "",
          run([id = 0, event = ""]) {
            click(id, event);
            return [];
          },
        },
        EventGroup: {
          takes: "a(isvu)",
          gives: "ai",
          run([events]) {
            for (const [id, event] of events as [Value, Value][]) click(id, event);
            return [[]];
          },
        },
        AboutToShow: { takes: "i", gives: "b", run: () => [false] },
        AboutToShowGroup: { takes: "ai", gives: "aiai", run: () => [[], []] },
      },
    },
  });
}

/** A row and the rows below it; 0 and unknown ids mean the menu itself. A depth of -1 means all levels. */
function layoutOf(shown: ShownRows, id: number, depth: number): Value {
  const row = shown.all[id - 1];
  const below = row === undefined ? shown.menu : (row.rows ?? []);
  const layOut = ({ key }: Row): Value =>
    variant("(ia{sv}av)", layoutOf(shown, shown.ids.get(key) ?? 0, depth - 1));
  return [
    row === undefined ? 0 : id,
    row === undefined ? [["children-display", variant("s", "submenu")]] : propertiesOf(row),
    depth === 0 ? [] : below.map(layOut),
  ];
}

/** The properties of the rows with these ids; of all rows if there are no ids. */
function groupOf({ all }: ShownRows, wanted: readonly Value[]): Value {
  const ids = wanted.length === 0 ? all.map((_row, index) => index + 1) : wanted.map(Number);
  return ids.flatMap((id): Value[] => {
    const row = all[id - 1];
    return row === undefined ? [] : [[id, propertiesOf(row)]];
  });
}

function propertyOf(row: Row | undefined, name: Value | undefined): Value {
  const found = row && propertiesOf(row).find(([known]) => known === name);
  return found?.[1] ?? variant("s", "");
}

/** The ids and properties of the rows that differ. */
function listChanges(before: readonly Row[], after: readonly Row[]): Value[] {
  return after.flatMap((row, index): Value[] => {
    const known = before[index];
    const properties = propertiesOf(row);
    if (known !== undefined && isDeepStrictEqual(propertiesOf(known), properties)) return [];
    return [[index + 1, properties]];
  });
}

function flatten(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.rows ?? [])]);
}

/** Always the same names, so that a host never has to remove one. */
function propertiesOf(row: Row): Properties {
  if (row.isLine) return [["type", variant("s", "separator")]];
  return [
    ["label", variant("s", escapeAccessKeys(row.title, "linux"))],
    ["enabled", variant("b", row.enabled)],
    ["visible", variant("b", !row.hidden)],
    ...(row.checked === undefined
      ? []
      : [
          ["toggle-type", variant("s", "checkmark")] as const,
          ["toggle-state", variant("i", row.checked ? 1 : 0)] as const,
        ]),
    ...(row.rows === undefined ? [] : [["children-display", variant("s", "submenu")] as const]),
  ];
}
