import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { RunnerError } from "../core/errors.ts";

// Longer values are cut where a message quotes them, and longer lists of faults too.
const QUOTE_CHARS = 100;
const FAULTS = 5;

/**
 * Checks a part of a request by its schema; the route gets what the schema makes of it. A body that is
 * left out counts as an empty object.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart = "request" }) =>
  (data: unknown) => {
    const result = schema.safeParse(data ?? {});
    if (result.success) return { value: result.data };
    const faults = result.error.issues
      .slice(0, FAULTS)
      .map((issue) => describeIssue(issue, data, httpPart));
    return { error: new RunnerError("invalid_request", faults.join("; ")) };
  };

/** For instance `limit: Too big: expected number to be <=500, got "501"` */
function describeIssue(issue: z.core.$ZodIssue, data: unknown, part: string): string {
  const field = issue.path.length > 0 ? issue.path.join(".") : part;
  const expected =
    issue.code === "invalid_union" && issue.errors.length > 0
      ? issue.errors.map(([first]) => first?.message).join(", or ")
      : issue.message;
  const got = issue.code === "unrecognized_keys" ? undefined : quote(valueAt(data, issue.path));
  return got === undefined ? `${field}: ${expected}` : `${field}: ${expected}, got ${got}`;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function quote(value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > QUOTE_CHARS ? `${text.slice(0, QUOTE_CHARS)}…` : text;
}
