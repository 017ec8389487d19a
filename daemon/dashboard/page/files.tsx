import type { VNode } from "preact";
import type { File } from "../../protocol/file.ts";
import { withQuery } from "./api.ts";
import { events } from "./data.ts";
import { FileTree } from "./file-tree.tsx";
import { Choice, Switch, TypedFilter } from "./filters.tsx";
import { formatInstant } from "./format.ts";
import { escapeText, PathText } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";
import { Empty, Head, State } from "./parts.tsx";
import { setFilters, usePlace } from "./router.ts";
import { useAgentOptions } from "./status.ts";
import { fileOutcomes, fileStates, sayLack } from "./words.ts";

const CONCERNS = events("file.", "run.", "config.changed");

export function Files(): VNode {
  const { agent_id = "", view = "list" } = usePlace().query;
  const agents = useAgentOptions();
  return (
    <>
      <Head title="Files">
        <Switch
          name="view"
          label="Show files as"
          options={[
            ["list", "List"],
            ["tree", "Directories"],
          ]}
        />
      </Head>
      <div class="filters">
        <Choice name="agent_id" label="Agent" options={agents} />
        {view === "tree" ? null : <ListFilters />}
      </div>
      {view === "tree" ? <FileTree agentId={agent_id} /> : <FileList />}
    </>
  );
}

function ListFilters(): VNode {
  const { path = "" } = usePlace().query;
  return (
    <>
      <Choice name="state" label="State" options={[["", "all"], ...fileStates]} />
      <Choice name="outcome" label="Outcome" options={[["", "all"], ...fileOutcomes]} />
      <TypedFilter name="contains" label="Search paths" />
      {path === "" ? null : (
        <button type="button" onClick={() => setFilters({ path: "" })}>
          <span class="sr-only">Show all directories, not only </span>
          <PathText of={path} /> ×
        </button>
      )}
    </>
  );
}

function FileList(): VNode {
  const { agent_id = "", state = "", outcome = "", path = "", contains = "" } = usePlace().query;
  const files = usePages<File>(
    withQuery("/api/files", { agent_id, state, outcome, path, contains }),
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
          {agent_id + state + outcome + path + contains === ""
            ? "No file was found in the configured directories yet."
            : "No file matches these filters."}
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
        <State of={file.state} reason={file.reason ?? file.error?.code ?? sayLack(file.outcome)} />
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
