import { projectFields } from "../../protocol/entity.ts";

/** A project by its name; an argument of the tools for tasks and notes. */
export const project = projectFields.shape.name
  .nullish()
  .describe("Or its name; an active or a new one.");
