import { pauseAnswer, pauseRequest, resumeRequest } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function pauseRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/pause",
    { schema: { body: pauseRequest, response: { 200: pauseAnswer } } },
    ({ body }) => control.pause(body),
  );

  app.post(
    "/api/resume",
    { schema: { body: resumeRequest, response: { 200: pauseAnswer } } },
    ({ body }) => control.resume(body),
  );
}
