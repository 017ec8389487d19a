import type { FastifySchemaCompiler } from "fastify";
import { z } from "zod";
import { RunnerError } from "../core/errors.ts";
import { describeFinding } from "../core/finding.ts";
import { type JsonSchema, shapeFindings } from "../core/schema-words.ts";

// No one reads more in one message.
const FAULTS = 5;
// What a message calls the parts of a request.
const PARTS: Record<string, string> = {
  body: "the body",
  querystring: "the query",
  params: "the path",
  headers: "the headers",
};

/**
 * Checks a part of a request by its schema; the route gets what the schema makes of it. A body that is
 * left out counts as an empty object. Mistakes are worded as in the config's findings.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart = "request" }) =>
  (data: unknown) => {
    const value = data ?? {};
    if (!isText(value)) {
      return {
        error: invalidRequest(
          `${PARTS[httpPart]}: expected whole characters, and none of them U+0000`,
        ),
      };
    }
    const result = schema.safeParse(value);
    if (result.success) return { value: result.data };
    const faults = shapeFindings(inJson(schema), result.error.issues)
      .slice(0, FAULTS)
      .map((finding) => describeFinding(finding, value))
      .map(({ key, message }) => (key === "" ? `${PARTS[httpPart]}: ${message}` : message));
    return { error: invalidRequest(faults.join("; ")) };
  };

/**
 * Whether every text in a value is one that files, paths and the database can hold: no U+0000, at which they end
 * or fail, and no half of a surrogate pair, which they replace.
 */
function isText(value: unknown): boolean {
  // Not by recursion, because a body may be nested deeper than the stack.
  const parts: unknown[] = [value];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (typeof part === "string" && (part.includes("\0") || !part.isWellFormed())) return false;
    if (typeof part === "object" && part !== null) {
      for (const [key, inner] of Object.entries(part)) parts.push(key, inner ?? "");
    }
  }
  return true;
}

/** The error for a request with mistakes. @param mistakes each without a full stop, joined */
export function invalidRequest(mistakes: string): RunnerError {
  return new RunnerError("invalid_request", `Mistake in the request: ${mistakes}.`);
}

const schemas = new WeakMap<z.ZodType, JsonSchema>();

/** Converted at the first mistake, which most routes never see. */
function inJson(schema: z.ZodType): JsonSchema {
  const known = schemas.get(schema);
  if (known !== undefined) return known;
  const made = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  schemas.set(schema, made);
  return made;
}
