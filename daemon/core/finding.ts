/** Keys and list indexes that lead from a value to a part of it. */
export type KeyPath = readonly (string | number)[];

/** One mistake in a value. */
export interface Finding {
  path: KeyPath;
  /** What would be right, to be read after "expected". */
  expected: string;
  /** The name that was probably intended. */
  near?: string | undefined;
  /** The key itself is wrong, whatever its value. */
  unknown?: boolean;
}

/** Findings about a part as findings about the whole. */
export function below(path: KeyPath, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

/** A finding in words. Never contains an API key, header value or password. */
export interface FindingText {
  /** E.g. `agents[0].directories[1].max_depth`. */
  key: string;
  /** The value found there, shortened, or `(hidden)`. */
  value: string;
  expected: string;
  /** A clause without a full stop, because some readers join several. */
  message: string;
}

/** Puts a finding about `root` into words. */
export function describeFinding(finding: Finding, root: unknown): FindingText {
  const { path, expected, near, unknown = false } = finding;
  const key = keyText(path);
  const value = valueText(path, partOf(root, path), unknown);
  const meant = near === undefined ? undefined : `did you mean ${near}?`;
  const clause = unknown
    ? `unknown key ${quote(String(path.at(-1)))}, ${meant ?? `expected ${expected}`}`
    : `expected ${expected}, got ${value}${meant ? `; ${meant}` : ""}`;
  return { key, value, expected, message: key ? `${key}: ${clause}` : clause };
}

function keyText(path: KeyPath): string {
  // If a colon or space is missing, the whole header is parsed as its name.
  const header = path.indexOf("headers") + 1;
  let text = "";
  for (const step of header > 0 ? path.slice(0, header) : path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text ? `.${step}` : step;
    else text += `[${quote(step)}]`;
  }
  return text;
}

// Text without a user name and password, even if it is not a valid address.
const PLAIN_ADDRESS = /^([a-z]+:\/\/)?[\w.-]*(:\d*)?(\/[^\s@:]*)?$/i;

function valueText(path: KeyPath, value: unknown, unknown: boolean): string {
  const last = path.at(-1);
  const hidden = path.includes("api_key") || path.includes("headers");
  switch (typeof value) {
    case "string":
      // A mistyped key may hold anything, and a text in the place of `model` may be its API key.
      if (unknown || hidden || last === "model") return "(hidden)";
      return last === "base_url" && !PLAIN_ADDRESS.test(value) ? "(hidden)" : quote(value);
    case "number":
    case "boolean":
      return hidden ? "(hidden)" : String(value);
    default:
      if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
      return value ? "a mapping" : "nothing";
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** The part of a value at a path; undefined if it does not exist. */
export function partOf(root: unknown, path: KeyPath): unknown {
  let part = root;
  for (const step of path) {
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, step)) return undefined;
    part = Object.getOwnPropertyDescriptor(part, step)?.value;
  }
  return part;
}
