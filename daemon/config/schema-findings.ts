import type { z } from "zod";
import type { Finding } from "../core/finding.ts";
import { type JsonSchema, shapeFindings } from "../core/schema-findings.ts";
import { configJsonSchema } from "./json-schema.ts";

// Made at the first mistake and kept: it takes longer to make than all the rest of reading a config.
let root: JsonSchema | undefined;

/** What zod found wrong with a config, in our words. */
export function configFindings(issues: readonly z.core.$ZodIssue[]): Finding[] {
  return shapeFindings((root ??= configJsonSchema() as JsonSchema), issues);
}
