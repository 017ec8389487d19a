import type { EntityType } from "../../protocol/entity.ts";
import type { ToolOutcome } from "../tool.ts";
import type { WriteResult } from "../workspace.ts";

/** The result of a write, as the model reads it: `{ok, outcome, task: {id, title, status}}`. */
export function answerWrite<T extends EntityType>(type: T, written: WriteResult<T>): ToolOutcome {
  if (written.outcome === "refused") return { ok: false, error: written.reason };
  const { id, fields } = written.entity;
  const shown = Object.fromEntries(
    Object.entries(fields).filter(([name]) => ["name", "title", "status"].includes(name)),
  );
  return {
    ok: true,
    outcome: written.outcome,
    [type]: { id, ...shown },
    ...(written.kept.length === 0
      ? {}
      : { kept: `The user edited ${written.kept.join(", ")}; that stays as it is.` }),
  };
}
