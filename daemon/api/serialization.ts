import type { FastifySerializerCompiler } from "fastify";
import { ResponseSerializationError, serializerCompiler } from "fastify-type-provider-zod";
import type { z } from "zod";
import { toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";

/*
 * How answers become JSON. Each answer is checked against the schema of its route. A number or an instant that
 * cannot be, such as a journal of an older version may hold, is left out (null) or moved to its bound: one row
 * must not make a whole list fail. Anything else that does not fit is a bug, and answers 500.
 */

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

// How JavaScript writes the years that ISO 8601 has no four digits for; they end at 275760.
const FAR_YEAR = /^[+-]\d{6}-\d\d-\d\d/u;

/** Creates the serializers of all routes. Logs where an answer held values that cannot be. */
export function createSerializerCompiler(
  logger: Pick<Logger, "warn">,
): FastifySerializerCompiler<z.ZodType> {
  return (route) => {
    const serialize = serializerCompiler(route);
    return (answer) => {
      try {
        return serialize(answer);
      } catch (error) {
        const issues = issuesOf(error);
        if (issues.length === 0 || !issues.every((issue) => isOfValue(issue, answer))) throw error;
        const fields = { url: route.url, fields: issues.slice(0, 5).map(({ path }) => path) };
        logger.warn(fields, "An answer held values that cannot be; they are not shown");
        return serializeSound(serialize, structuredClone(answer), issues);
      }
    };
  };
}

/** Leaves the values out; where the schema needs one, takes the nearest that it allows. */
function serializeSound(
  serialize: (answer: unknown) => string,
  answer: unknown,
  issues: readonly Issue[],
): string {
  const nearest = new Map(
    issues.map((issue) => [issue.path.join("\0"), nearestOf(issue, valueAt(answer, issue.path))]),
  );
  for (const { path } of issues) replace(answer, path, null);
  try {
    return serialize(answer);
  } catch (error) {
    for (const { path } of issuesOf(error)) replace(answer, path, nearest.get(path.join("\0")));
    return serialize(answer);
  }
}

function issuesOf(error: unknown): readonly Issue[] {
  return error instanceof ResponseSerializationError ? error.cause.issues : [];
}

/** Whether the value has the right type and is out of range. */
function isOfValue(issue: Issue, answer: unknown): boolean {
  const value = valueAt(answer, issue.path);
  if (issue.path.length === 0) return false;
  if (typeof value === "number") return true;
  return typeof value === "string" && issue.code === "invalid_format" && FAR_YEAR.test(value);
}

function nearestOf(issue: Issue, value: unknown): unknown {
  if (typeof value === "string") {
    const at = Date.parse(value);
    return toInstant(Number.isNaN(at) ? 0 : at);
  }
  if (issue.code === "too_big") return Number(issue.maximum);
  if (issue.code === "too_small") return Number(issue.minimum);
  return Number.isFinite(value) ? Math.round(Number(value)) : 0;
}

function valueAt(answer: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => asFields(value)?.[key], answer);
}

function replace(answer: unknown, path: Path, value: unknown): void {
  const holder = asFields(valueAt(answer, path.slice(0, -1)));
  const key = path.at(-1);
  if (holder !== undefined && key !== undefined) holder[key] = value;
}

function asFields(value: unknown): Record<PropertyKey, unknown> | undefined {
  return typeof value === "object" && value !== null
    ? (value as Record<PropertyKey, unknown>)
    : undefined;
}
