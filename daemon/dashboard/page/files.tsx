import type { VNode } from "preact";
import type { File } from "../../protocol/file.ts";
import { withQuery } from "./api.ts";
import { events } from "./data.ts";
import { formatInstant } from "./format.ts";
import { escapeText, PathText } from "./inert.tsx";
import { PagedRows, usePages, useRowHeight } from "./list.tsx";
import { Choice, Empty, Head, State, TypedFilter } from "./parts.tsx";
import { setFilters, usePlace } from "./router.ts";
import { useAgentOptions } from "./status.ts";
import { fileStates } from "./words.ts";

const CONCERNS = events("file.", "run.", "config.changed");

export function Files(): VNode {
  const { agent_id = "", state = "", path = "" } = usePlace().query;
  const files = usePages<File>(withQuery("/api/files", { agent_id, state, path }), CONCERNS);
  const rowHeight = useRowHeight(38, 58);
  const agents = useAgentOptions();
  return (
    <>
      <Head title="Files" />
      <div class="filters">
        <Choice
          label="Agent"
          value={agent_id}
          options={agents}
          onChange={(value) => setFilters({ agent_id: value })}
        />
        <Choice
          label="State"
          value={state}
          options={[["", "all"], ...fileStates]}
          onChange={(value) => setFilters({ state: value })}
        />
        <TypedFilter
          label="File or directory, whole path"
          value={path}
          placeholder="/home/…"
          onChange={(value) => setFilters({ path: value.trim() })}
        />
      </div>
      <PagedRows
        of={files}
        rowHeight={rowHeight}
        keyOf={(file) => file.file_id}
        label="Files by path"
        empty={
          <Empty title="No files">
            {agent_id + state + path === ""
              ? "None was found under the directories of the config yet."
              : "None matches these filters."}
          </Empty>
        }
      >
        {(file) => <FileRow file={file} />}
      </PagedRows>
    </>
  );
}

function FileRow({ file }: { file: File }): VNode {
  return (
    <a class="row file-row" data-row href={`/files/${file.file_id}`}>
      <PathText of={file.path} />
      <span class="file-state">
        <State of={file.state} reason={file.reason ?? file.error?.code ?? null} />
      </span>
      <span class="muted file-made">
        {file.entities.length === 0
          ? ""
          : escapeText(file.entities.map(({ title }) => title).join(" · "))}
      </span>
      <span class="muted number file-when">
        {file.processed_at === null ? "" : formatInstant(file.processed_at)}
      </span>
    </a>
  );
}
