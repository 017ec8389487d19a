import { configEdit, configHeaders, configIssues, configView } from "../../protocol/config-view.ts";
import type { App, Door } from "../door.ts";

export function configRoutes(app: App, { control }: Door): void {
  app.get(
    "/api/config",
    {
      schema: {
        about: {
          id: "getConfig",
          tag: "config",
          summary: "Read config.yaml with keys hidden; the header ETag has its etag too",
          codes: ["config_missing", "home_unusable"],
        },
        response: { 200: configView },
      },
    },
    async (_request, reply) => {
      const view = control.config();
      return reply.header("etag", view.etag).send(view);
    },
  );

  app.put(
    "/api/config",
    {
      schema: {
        about: {
          id: "replaceConfig",
          tag: "config",
          summary: "Write config.yaml after a check, whole or not at all",
          codes: ["config_changed", "config_invalid", "config_missing", "home_unusable"],
          example: { text: "version: 1\nmodel:\n  api_key: (hidden 1)\n" },
        },
        headers: configHeaders,
        body: configEdit,
        response: { 200: configView },
      },
    },
    async ({ body, headers }, reply) => {
      const view = control.replaceConfig(body.text, headers["if-match"]);
      return reply.header("etag", view.etag).send(view);
    },
  );

  app.post(
    "/api/config/check",
    {
      schema: {
        about: {
          id: "checkConfig",
          tag: "config",
          summary: "Find the mistakes in a text of config.yaml; writes nothing",
          codes: ["config_missing", "home_unusable"],
          example: { text: "version: 1\n" },
        },
        body: configEdit,
        response: { 200: configIssues },
      },
    },
    ({ body }) => ({ issues: control.checkConfig(body.text) }),
  );
}
