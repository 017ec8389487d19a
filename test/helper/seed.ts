/*
 * Tests by random examples take the same ones each time in CI, so that a failure there tells of the change and not of
 * chance; anywhere else they take others each time, unless `SEED` names some.
 */
import fc from "fast-check";

const fixed = process.env["SEED"] ?? (process.env["CI"] === "true" ? "1" : undefined);

/** What random numbers of a test begin with. */
export const SEED = Number(fixed ?? Date.now() % 1_000_000);

if (fixed !== undefined) fc.configureGlobal({ seed: SEED });
