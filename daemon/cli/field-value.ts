/** The value of an entity's field for people; `none` for an empty one. */
export function formatFieldValue(value: unknown): string {
  if (isEmptyField(value)) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isEmptyField(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || value === "";
}
