import { pauseAnswer, pauseRequest, resumeRequest } from "../../protocol/api.ts";
import type { App, Door } from "../door.ts";

export function pauseRoutes(app: App, { control }: Door): void {
  app.post(
    "/api/pause",
    {
      schema: {
        about: {
          id: "pause",
          tag: "daemon",
          summary: "Pause one agent or all: nothing is sent until a resume",
          codes: ["agent_not_found"],
          example: { minutes: 60 },
        },
        body: pauseRequest,
        response: { 200: pauseAnswer },
      },
    },
    ({ body }) => control.pause(body),
  );

  app.post(
    "/api/resume",
    {
      schema: {
        about: {
          id: "resume",
          tag: "daemon",
          summary: "End a pause",
          codes: ["agent_not_found"],
          example: { agent_id: "inbox" },
        },
        body: resumeRequest,
        response: { 200: pauseAnswer },
      },
    },
    ({ body }) => control.resume(body),
  );
}
