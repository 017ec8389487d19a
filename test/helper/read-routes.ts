import { fastify } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { createEventStreams } from "../../daemon/api/event-stream.ts";
import { registerRoutes } from "../../daemon/api/routes.ts";
import { createSessionCodes } from "../../daemon/api/session.ts";
import { validatorCompiler } from "../../daemon/api/validation.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { openBus } from "../../daemon/events/bus.ts";
import { fakeClock } from "./fake-clock.ts";
import { refusingControl } from "./open-server.ts";
import { openTestJournal } from "./test-journal.ts";

/** Every route that is registered, as `GET /api/runs/:run_id`. */
export async function readRoutes(): Promise<string[]> {
  const found: string[] = [];
  const app = fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook("onRoute", ({ method, url }) => {
    found.push(...[method].flat().map((name) => `${name} ${url}`));
  });
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock("2026-03-01T08:00:00Z");
  const bus = openBus(journal);
  registerRoutes(app, {
    control: refusingControl(),
    journal,
    streams: createEventStreams(bus, { clock, logger: silentLogger }),
    token: "",
    sessionCodes: createSessionCodes(clock),
    pageUrl: () => "",
    clock,
  });
  await app.ready();
  bus.close();
  return found;
}
