import type { BackupAnswer, BackupRequest } from "../protocol/backup.ts";
import type { ForgetAnswer } from "../protocol/forget.ts";
import type { UndoAnswer, UndoRequest } from "../protocol/undo.ts";

/** Requests about work that is done. Each throws a RunnerError, which becomes the answer. */
export interface Afterwards {
  /** Undoes what a run did. @throws run_not_found, run_in_progress (`data.run_id`) */
  undoRun(runId: string): UndoAnswer;
  /** Undoes what was made from a file, or by an agent. @throws file_not_found, agent_not_found, run_in_progress */
  undo(request: UndoRequest): UndoAnswer;
  /** Purges everything kept of a file's contents. @throws file_not_found, run_in_progress (`data.run_id`) */
  forgetFile(fileId: string): Promise<ForgetAnswer>;
  /** Copies the journal. @throws invalid_request, backup_exists, backup_failed */
  backUp(request: BackupRequest): Promise<BackupAnswer>;
}
