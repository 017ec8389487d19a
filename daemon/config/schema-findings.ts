import type { z } from "zod";
import type { Finding } from "../core/finding.ts";
import { type JsonSchema, shapeFindings } from "../core/schema-words.ts";
import { configJsonSchema } from "./json-schema.ts";

// Created at the first mistake and kept, because creating it takes longer than reading a config.
let root: JsonSchema | undefined;

/** zod's issues with a config as findings in our words. */
export function configFindings(issues: readonly z.core.$ZodIssue[]): Finding[] {
  return shapeFindings((root ??= configJsonSchema() as JsonSchema), issues);
}
