import type { VNode } from "preact";
import type { AgentView, Page } from "../../protocol/api.ts";
import { events, useResource } from "./data.ts";
import { plural } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { Empty, Head, Loaded, State } from "./parts.tsx";

const CONCERNS = events("config.", "run.", "status.");

export function Agents(): VNode {
  const agents = useResource<Page<AgentView>>("/api/agents?limit=500", CONCERNS);
  return (
    <>
      <Head title="Agents">
        <a class="button" href="/settings">
          Add or edit agents
        </a>
      </Head>
      <Loaded of={agents}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No agents">
              <a href="/settings">Add one in the settings</a>
            </Empty>
          ) : (
            <ul class="cards">
              {items.map((agent) => (
                <li key={agent.id} class="agent-card" data-row>
                  <a href={`/agents/${encodeURIComponent(agent.id)}`}>
                    <Text of={agent.name} />
                  </a>
                  <State of={agent.state} />
                  <span class="muted">
                    {agent.model.provider === "rules" ? (
                      "built-in rules"
                    ) : (
                      <Text of={agent.model.name} />
                    )}
                  </span>
                  <span class="muted">
                    {agent.directories.length === 1
                      ? escapeText(agent.directories[0]?.path ?? "")
                      : plural(agent.directories.length, "directory", "directories")}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
