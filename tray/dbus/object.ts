import type { CallHandler } from "./bus.ts";
import type { Message } from "./message.ts";
import { splitSignature } from "./signature.ts";
import { textOf, type Value, variant } from "./wire.ts";

export interface Method {
  takes: string;
  gives: string;
  run(args: readonly Value[], message: Message): readonly Value[];
}

export interface Interface {
  /** Each property with its signature, and a function that reads it. */
  properties: Readonly<Record<string, readonly [signature: string, read: () => Value]>>;
  methods: Readonly<Record<string, Method>>;
}

/** Answers calls to an object with these interfaces, and with the standard ones for properties and introspection. */
export function createObject(interfaces: Readonly<Record<string, Interface>>): CallHandler {
  const readProperty = (owner: string, name: string): Value | undefined => {
    const property = interfaces[owner]?.properties[name];
    return property && variant(property[0], property[1]());
  };

  return ({ interface: owner = "", member = "", body, ...message }) => {
    const [first, second] = body;
    switch (`${owner}.${member}`) {
      case "org.freedesktop.DBus.Properties.Get": {
        const value = readProperty(textOf(first), textOf(second));
        return value === undefined ? undefined : { signature: "v", body: [value] };
      }
      case "org.freedesktop.DBus.Properties.GetAll": {
        const names = Object.keys(interfaces[textOf(first)]?.properties ?? {});
        const entries = names.map((name) => [name, readProperty(textOf(first), name) ?? ""]);
        return { signature: "a{sv}", body: [entries] };
      }
      case "org.freedesktop.DBus.Introspectable.Introspect":
        return { signature: "s", body: [describe(interfaces)] };
      case "org.freedesktop.DBus.Peer.Ping":
        return { signature: "", body: [] };
    }
    const method = interfaces[owner]?.methods[member];
    // A call with other arguments is for another method.
    if (method === undefined || method.takes !== message.signature) return undefined;
    return { signature: method.gives, body: method.run(body, { ...message, body }) };
  };
}

function describe(interfaces: Readonly<Record<string, Interface>>): string {
  const parts = Object.entries(interfaces).map(([name, { properties, methods }]) => {
    const lines = [
      ...Object.entries(properties).map(
        ([property, [signature]]) =>
          `<property name="${property}" type="${signature}" access="read"/>`,
      ),
      ...Object.entries(methods).map(
        ([method, { takes, gives }]) =>
          `<method name="${method}">${listArguments(takes, "in")}${listArguments(gives, "out")}</method>`,
      ),
    ];
    return `<interface name="${name}">${lines.join("")}</interface>`;
  });
  return `<node>${parts.join("")}</node>`;
}

function listArguments(signature: string, direction: "in" | "out"): string {
  const types = splitSignature(signature);
  return types.map((type) => `<arg type="${type}" direction="${direction}"/>`).join("");
}
