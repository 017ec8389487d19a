import { modelSchema } from "../protocol/agent.ts";
import { originOf, userinfoOf } from "../core/endpoint.ts";
import { type KeyPath, partOf } from "../core/finding.ts";
import { invalid } from "./load.ts";
import { type Environment, fillVariables, hasVariable } from "./variable.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

const DEFAULT_URL = modelSchema.parse({}).base_url;
// The host is closed before the first variable, as every parser of addresses reads it.
const CLOSED_HOST = /^https?:\/\/[^\s/\\?#$]+\//i;

/** A text of config.yaml: before an edit, after it, and the edit as received, with placeholders. */
export interface Edit {
  before: string;
  after: string;
  written: string;
}

/** Where a request goes. */
interface Address {
  written: string;
  filled: string;
  /** Whether no variable can change it. */
  isFixed: boolean;
}

/** A secret that a model section sends, and where to. */
interface Sent {
  /** Of the section that sends it. */
  at: KeyPath;
  /** Where it is written, perhaps in the section that all agents share. */
  from: KeyPath;
  text: string;
  address: Address;
}

/**
 * Refuses an edit that would send a key of the text before to another address, unless its writer wrote the key itself
 * in that place. Otherwise an edit could send a key that it cannot read to a stranger. What counts is the address with
 * its variables filled; an address that a variable can change keeps a key only as it was.
 *
 * @throws {RunnerError} config_invalid
 */
export function checkMoves({ before, after, written }: Edit, env: Environment): void {
  const source = readYaml(after);
  if (source.faults) return;
  const known = listSent(readYaml(before), env);
  const asWritten = new Set(known.map(({ text, address }) => `${address.written}\n${text}`));
  const asFilled = new Set(known.map(({ text, address }) => `${address.filled}\n${text}`));
  const edit = readYaml(written);
  const isOwn = ({ from }: Sent): boolean =>
    !edit.faults && partOf(edit.value, from) === partOf(source.value, from);
  const moved = listSent(source, env).filter(
    (sent) =>
      !asWritten.has(`${sent.address.written}\n${sent.text}`) &&
      !(sent.address.isFixed && asFilled.has(`${sent.address.filled}\n${sent.text}`)) &&
      !isOwn(sent),
  );
  // A key that moves in the shared section is named there, not once more for each agent.
  const named = new Set(moved.filter(({ at, from }) => at === from).map(({ at }) => at.join(".")));
  const places = new Map(
    moved
      .filter(({ at, from }) => at === from || !named.has(from.join(".")))
      .map(({ at }) => [at.join("."), at]),
  );
  if (places.size === 0) return;
  throw invalid(
    [...places].map(([key, path]) => {
      const expected = "the key itself or ${NAME}, because the hidden key is for another address";
      const message = `${key}: expected ${expected}`;
      return { ...source.positionOf(path), key, value: "(hidden)", expected, message };
    }),
  );
}

/** Keys, headers and passwords of every model section, its own and what it takes from the shared section. */
function listSent(source: YamlSource, env: Environment): Sent[] {
  if (source.faults) return [];
  const root = source.value;
  const agents = partOf(root, ["agents"]);
  const count = Array.isArray(agents) ? agents.length : 0;
  const shared: KeyPath = ["model"];
  const sharedUrl = textOf(partOf(root, [...shared, "base_url"])) ?? DEFAULT_URL;
  const sentBy = (place: KeyPath): Sent[] => {
    const ownUrl = textOf(partOf(root, [...place, "base_url"]));
    const url = ownUrl ?? sharedUrl;
    const isShared = originAt(url, env) === originAt(sharedUrl, env);
    /** The section that a setting comes from. */
    const sectionOf = (name: string): KeyPath =>
      isShared && partOf(root, [...place, name]) === undefined ? shared : place;
    const headersFrom = sectionOf("headers");
    const headers = partOf(root, [...headersFrom, "headers"]);
    const names = typeof headers === "object" && headers !== null ? Object.keys(headers) : [];
    // Behind a shared front end, the header Host chooses who gets a request.
    const hosts = names
      .filter((name) => name.toLowerCase() === "host")
      .map((name) => textOf(partOf(root, [...headersFrom, "headers", name])) ?? "");
    const address = addressOf(url, hosts, env);
    const froms = [
      [...sectionOf("api_key"), "api_key"],
      ...names.map((name) => [...headersFrom, "headers", name]),
    ];
    const urlFrom = [...(ownUrl === undefined ? shared : place), "base_url"];
    return [
      ...froms.flatMap((from) => {
        const text = textOf(partOf(root, from));
        const isHere = from.length > place.length && place.every((step, at) => from[at] === step);
        return text ? [{ at: isHere ? from : place, from, text, address }] : [];
      }),
      ...userinfoOf(url).map((text) => ({ at: urlFrom, from: urlFrom, text, address })),
    ];
  };
  return [
    ...sentBy(shared),
    ...Array.from({ length: count }, (_, index) => sentBy(["agents", index, "model"])).flat(),
  ];
}

function addressOf(url: string, hosts: readonly string[], env: Environment): Address {
  const filledHosts = hosts.map((host) => fillVariables(host, env).text);
  return {
    written: [url, ...hosts].join(" "),
    filled: [originAt(url, env) ?? url, ...filledHosts].join(" "),
    isFixed: !hosts.some(hasVariable) && (!hasVariable(url) || CLOSED_HOST.test(url)),
  };
}

function originAt(url: string, env: Environment): string | undefined {
  return originOf(fillVariables(url, env).text);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
