import { isDeepStrictEqual } from "node:util";
import type { CallHandler, Signal } from "../dbus/bus.ts";
import { createObject } from "../dbus/object.ts";
import { type Value, variant } from "../dbus/wire.ts";
import type { Row } from "../menu.ts";
import { escapeAccessKeys } from "./backend.ts";

export const MENU_PATH = "/MenuBar";
const MENU = "com.canonical.dbusmenu";
// Rows never come or go, so neither does the layout have another revision.
const REVISION = 1;

export interface SniMenu {
  readonly object: CallHandler;
  /** Takes the rows for those there are, and says what to tell of it; undefined where nothing differs. */
  update(rows: readonly Row[]): Signal | undefined;
}

type Properties = readonly (readonly [name: string, value: Value])[];

/**
 * A menu as com.canonical.dbusmenu (libdbusmenu's dbus-menu.xml). Its first row has the id 1; 0 is the
 * menu itself.
 */
export function createSniMenu(rows: readonly Row[], onClick: (key: string) => void): SniMenu {
  let menu = rows;
  let all = flatten(rows);
  const ids = new Map(all.map(({ key }, index) => [key, index + 1]));
  const idOf = ({ key }: Row): number => ids.get(key) ?? 0;

  /** A row as a layout has it; 0 and what is not known stand for the menu itself. */
  function layoutOf(id: number, depth: number): Value {
    const row = all[id - 1];
    const below = row === undefined ? menu : (row.rows ?? []);
    return [
      row === undefined ? 0 : id,
      row === undefined ? [["children-display", variant("s", "submenu")]] : propertiesOf(row),
      // -1: as deep as there is.
      depth === 0 ? [] : below.map((one) => variant("(ia{sv}av)", layoutOf(idOf(one), depth - 1))),
    ];
  }

  function groupOf(wanted: readonly Value[]): Value {
    const chosen = wanted.length === 0 ? all.map(idOf) : wanted.map(Number);
    return chosen.flatMap((id): Value[] => {
      const row = all[id - 1];
      return row === undefined ? [] : [[id, propertiesOf(row)]];
    });
  }

  /** A parent tells of a click, too, when its rows are shown. */
  function take(id: Value, event: Value): void {
    const row = all[Number(id) - 1];
    if (event === "clicked" && row?.rows === undefined && row?.enabled) onClick(row.key);
  }

  const object = createObject({
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
          run: ([parent, depth]) => [REVISION, layoutOf(Number(parent), Number(depth))],
        },
        GetGroupProperties: {
          takes: "aias",
          gives: "a(ia{sv})",
          run: ([wanted]) => [groupOf(wanted as readonly Value[])],
        },
        GetProperty: {
          takes: "is",
          gives: "v",
          run([id, name]) {
            const row = all[Number(id) - 1];
            const found = row && propertiesOf(row).find(([known]) => known === name);
            return [found?.[1] ?? variant("s", "")];
          },
        },
        Event: {
          takes: "isvu",
          gives: "",
          run([id = 0, event = ""]) {
            take(id, event);
            return [];
          },
        },
        EventGroup: {
          takes: "a(isvu)",
          gives: "ai",
          run([events]) {
            for (const [id, event] of events as [Value, Value][]) take(id, event);
            return [[]];
          },
        },
        AboutToShow: { takes: "i", gives: "b", run: () => [false] },
        AboutToShowGroup: { takes: "ai", gives: "aiai", run: () => [[], []] },
      },
    },
  });

  return {
    object,
    update(next) {
      const before = all;
      menu = next;
      all = flatten(next);
      const changed = all.flatMap((row, index): Value[] => {
        const known = before[index];
        const properties = propertiesOf(row);
        if (known !== undefined && isDeepStrictEqual(propertiesOf(known), properties)) return [];
        return [[index + 1, properties]];
      });
      if (changed.length === 0) return undefined;
      const signature = "a(ia{sv})a(ias)";
      return {
        path: MENU_PATH,
        interface: MENU,
        member: "ItemsPropertiesUpdated",
        signature,
        body: [changed, []],
      };
    },
  };
}

function flatten(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.rows ?? [])]);
}

/** Always the same ones, so that a host has none to take back. */
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
