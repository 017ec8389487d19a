import fc, { type Arbitrary } from "fast-check";
import { anyCodePoint } from "./any-text.ts";
import type { Openapi, Schema } from "./openapi.ts";

/** Values of a field that must come from somewhere: ids that exist, paths that may be read. */
export type Known = (name: string) => readonly unknown[] | undefined;

const ANYTHING = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, "", "\0", [], {}, [null], "a".repeat(5000)),
  fc.string({ unit: anyCodePoint }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Values of a JSON Schema, and now and then something else in the place of a part of one. */
export function arbitraryOf(schema: Schema, known: Known, document: Openapi): Arbitrary<unknown> {
  const inner = (part: Schema, name = ""): Arbitrary<unknown> => {
    const values = known(name);
    // Nothing else where it could lead somewhere.
    if (values !== undefined) return fc.constantFrom(...values);
    return fc.oneof({ weight: 12, arbitrary: fitting(part) }, { weight: 1, arbitrary: ANYTHING });
  };

  function fitting(part: Schema): Arbitrary<unknown> {
    const { $ref, anyOf, enum: values, const: value } = part;
    if ($ref !== undefined) {
      return fitting(document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {});
    }
    if (anyOf !== undefined) return fc.oneof(...anyOf.map(fitting));
    if (value !== undefined) return fc.constant(value);
    if (values !== undefined) return fc.constantFrom(...values);
    const types = [part.type ?? []].flat();
    return types.length === 0 ? ANYTHING : fc.oneof(...types.map((type) => ofType(type, part)));
  }

  function ofType(type: string, part: Schema): Arbitrary<unknown> {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return fc.integer({
          min: part.minimum ?? 0,
          max: Math.min(part.maximum ?? 1000, 1_000_000),
        });
      case "number":
        return fc.double({ min: part.minimum ?? 0, max: part.maximum ?? 1e6, noNaN: true });
      case "array":
        return fc.array(inner(part.items ?? {}), { maxLength: 3 });
      case "object":
        return ofObject(part);
      default:
        return part.format === "date"
          ? fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10))
          : fc.string({ unit: anyCodePoint, minLength: part.minLength ?? 0, maxLength: 40 });
    }
  }

  function ofObject({ properties = {}, required = [] }: Schema): Arbitrary<unknown> {
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, inner(field, name)]),
    );
    return fc.oneof(
      { weight: 9, arbitrary: fc.record(fields, { requiredKeys: required }) },
      {
        weight: 1,
        arbitrary: fc.record({ ...fields, unknown_field: ANYTHING }, { requiredKeys: [] }),
      },
    );
  }

  return inner(schema);
}
