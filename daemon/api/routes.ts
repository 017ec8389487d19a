import type { App, Door } from "./door.ts";
import { agentRoutes } from "./routes/agents.ts";
import { changeSetRoutes } from "./routes/change-sets.ts";
import { configRoutes } from "./routes/config.ts";
import { backupRoutes } from "./routes/backup.ts";
import { directoryRoutes } from "./routes/directories.ts";
import { draftRoutes } from "./routes/drafts.ts";
import { entityRoutes } from "./routes/entities.ts";
import { eventRoutes } from "./routes/events.ts";
import { explainRoutes } from "./routes/explain.ts";
import { fileRoutes } from "./routes/files.ts";
import { forgetRoutes } from "./routes/forget.ts";
import { healthRoutes } from "./routes/health.ts";
import { modelRoutes } from "./routes/models.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { pageRoutes } from "./routes/page.ts";
import { pauseRoutes } from "./routes/pause.ts";
import { preferenceRoutes } from "./routes/preferences.ts";
import { runRoutes } from "./routes/runs.ts";
import { searchRoutes } from "./routes/search.ts";
import { sentRoutes } from "./routes/sent.ts";
import { sessionRoutes } from "./routes/session.ts";
import { statusRoutes } from "./routes/status.ts";
import { stopRoutes } from "./routes/stop.ts";
import { usageRoutes } from "./routes/usage.ts";
import { undoRoutes } from "./routes/undo.ts";
import { verifyRoutes } from "./routes/verify.ts";

/** Registers every route. A route has no logic: zod in, `Control` or a view of the journal, zod out. */
export function registerRoutes(app: App, door: Door): void {
  // First, because it describes the routes that are registered after it.
  openapiRoutes(app, door);
  healthRoutes(app, door);
  pageRoutes(app, door);
  sessionRoutes(app, door);
  statusRoutes(app, door);
  stopRoutes(app, door);
  pauseRoutes(app, door);
  modelRoutes(app, door);
  agentRoutes(app, door);
  runRoutes(app, door);
  undoRoutes(app, door);
  fileRoutes(app, door);
  directoryRoutes(app, door);
  forgetRoutes(app, door);
  verifyRoutes(app, door);
  backupRoutes(app, door);
  entityRoutes(app, door);
  draftRoutes(app, door);
  preferenceRoutes(app, door);
  configRoutes(app, door);
  searchRoutes(app, door);
  usageRoutes(app, door);
  sentRoutes(app, door);
  eventRoutes(app, door);
  explainRoutes(app, door);
  changeSetRoutes(app);
}
