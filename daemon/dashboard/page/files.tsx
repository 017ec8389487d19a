import type { VNode } from "preact";
import type { File } from "../../protocol/file.ts";
import { withQuery } from "./api.ts";
import { events } from "./data.ts";
import { FileTree } from "./file-tree.tsx";
import { formatInstant } from "./format.ts";
import { escapeText, PathText } from "./inert.tsx";
import { PagedRows, usePages, useRowHeight } from "./list.tsx";
import { Choice, Empty, Head, State, TypedFilter } from "./parts.tsx";
import { setFilters, usePlace } from "./router.ts";
import { useAgentOptions } from "./status.ts";
import { fileStates } from "./words.ts";

const CONCERNS = events("file.", "run.", "config.changed");

export function Files(): VNode {
  const { agent_id = "", view = "list" } = usePlace().query;
  const agents = useAgentOptions();
  return (
    <>
      <Head title="Files">
        <div class="switch" role="group" aria-label="How to show them">
          <button
            type="button"
            aria-pressed={view === "list"}
            onClick={() => setFilters({ view: "" })}
          >
            List
          </button>
          <button
            type="button"
            aria-pressed={view === "tree"}
            onClick={() => setFilters({ view: "tree" })}
          >
            Directories
          </button>
        </div>
      </Head>
      <div class="filters">
        <Choice
          label="Agent"
          value={agent_id}
          options={agents}
          onChange={(value) => setFilters({ agent_id: value })}
        />
        {view === "tree" ? null : <ListFilters />}
      </div>
      {view === "tree" ? <FileTree agentId={agent_id} /> : <FileList />}
    </>
  );
}

function ListFilters(): VNode {
  const { state = "", path = "", contains = "" } = usePlace().query;
  return (
    <>
      <Choice
        label="State"
        value={state}
        options={[["", "all"], ...fileStates]}
        onChange={(value) => setFilters({ state: value })}
      />
      <TypedFilter
        label="Part of the path"
        value={contains}
        onChange={(value) => setFilters({ contains: value })}
      />
      {path === "" ? null : (
        <button type="button" onClick={() => setFilters({ path: "" })}>
          <span class="sr-only">Not only in </span>
          <PathText of={path} /> ×
        </button>
      )}
    </>
  );
}

function FileList(): VNode {
  const { agent_id = "", state = "", path = "", contains = "" } = usePlace().query;
  const files = usePages<File>(
    withQuery("/api/files", { agent_id, state, path, contains }),
    CONCERNS,
  );
  const rowHeight = useRowHeight(38, 58);
  return (
    <PagedRows
      of={files}
      rowHeight={rowHeight}
      keyOf={(file) => file.file_id}
      label="Files by path"
      empty={
        <Empty title="No files">
          {agent_id + state + path + contains === ""
            ? "None was found under the directories of the config yet."
            : "None matches these filters."}
        </Empty>
      }
    >
      {(file) => <FileRow file={file} />}
    </PagedRows>
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
