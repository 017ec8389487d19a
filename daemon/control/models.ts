import { listOffered } from "../agent/model/catalog.ts";
import { findPrice } from "../agent/model/price.ts";
import type { Roster } from "../agents/roster.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import type { ModelSettings } from "../protocol/agent.ts";
import type { OfferedModel } from "../protocol/api.ts";

/** The models that agents could use: found on this machine, or named in the config. */
export async function offerModels(roster: Roster): Promise<OfferedModel[]> {
  const users = roster.configured().filter(({ blocked }) => blocked === null);
  const named = users
    .map(({ agent }) => agent.model)
    .filter(({ provider }) => provider === "openai");
  const offered = await listOffered(named, { signal: new AbortController().signal });
  return offered.map(({ price: said, ...model }) => ({
    ...model,
    base_url: withoutUserinfo(model.base_url),
    price:
      findPrice(named.find((settings) => isAsked(settings, model)) ?? { price: null, ...model }) ??
      said ??
      null,
    agent_ids: users
      .filter(({ agent }) => isAsked(agent.model, model))
      .map(({ agent }) => agent.id),
  }));
}

function isAsked(settings: ModelSettings, model: { base_url: string; name: string }): boolean {
  const { provider, base_url, name } = settings;
  return provider === "openai" && base_url === model.base_url && name === model.name;
}
