/**
 * The page: what `daemon/api` answers, kept up to date by its events. It asks only the daemon that served it.
 * Text from files and models is shown as text and never becomes markup, and no picture is loaded. What you type is kept
 * by the daemon a moment later; a crash of the browser costs that moment.
 */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Status } from "../../protocol/api.ts";
import { AgentPage } from "./agent.tsx";
import { Agents } from "./agents.tsx";
import { Notices } from "./action.tsx";
import { events, useResource } from "./data.ts";
import { OtherDrafts } from "./draft-note.tsx";
import { areDraftsRead } from "./drafts.ts";
import { FilePage } from "./file.tsx";
import { Files } from "./files.tsx";
import { Help } from "./help.tsx";
import { PAGES } from "./keys.ts";
import { connection } from "./live.ts";
import { Lost, useLost } from "./lost.tsx";
import { NotePage } from "./note.tsx";
import { Notes } from "./notes.tsx";
import { Overview } from "./overview.tsx";
import { Empty, State, Waiting } from "./parts.tsx";
import { ProjectPage, Projects } from "./projects.tsx";
import { keptFilters } from "./preferences.ts";
import { usePlace } from "./router.ts";
import { RunPage } from "./run.tsx";
import { Runs } from "./runs.tsx";
import { Search } from "./search.tsx";
import { Sent } from "./sent.tsx";
import { Settings } from "./settings.tsx";
import { session } from "./session.ts";
import { SignedOut } from "./signed-out.tsx";
import { StatusContext } from "./status.ts";
import { TaskPage } from "./task.tsx";
import { Tasks } from "./tasks.tsx";
import { Usage } from "./usage.tsx";
import { useStore } from "./store.ts";

/** The page of an address; undefined: no such page. */
function pageOf([first, second]: readonly string[]): { title: string; page: VNode } | undefined {
  switch (first) {
    case "runs":
      return second === undefined
        ? { title: "Runs", page: <Runs /> }
        : { title: "Run", page: <RunPage id={second} /> };
    case "files":
      return second === undefined
        ? { title: "Files", page: <Files /> }
        : { title: "File", page: <FilePage id={second} /> };
    case undefined:
      return { title: "Overview", page: <Overview /> };
    case "tasks":
      return second === undefined
        ? { title: "Tasks", page: <Tasks /> }
        : { title: "Task", page: <TaskPage id={second} /> };
    case "notes":
      return second === undefined
        ? { title: "Notes", page: <Notes /> }
        : { title: "Note", page: <NotePage id={second} /> };
    case "projects":
      return second === undefined
        ? { title: "Projects", page: <Projects /> }
        : { title: "Project", page: <ProjectPage id={second} /> };
    case "search":
      return { title: "Search", page: <Search /> };
    case "sent":
      return { title: "Sent", page: <Sent /> };
    case "usage":
      return { title: "Usage", page: <Usage /> };
    case "agents":
      return second === undefined
        ? { title: "Agents", page: <Agents /> }
        : { title: "Agent", page: <AgentPage id={second} /> };
    case "settings":
      return { title: "Settings", page: <Settings /> };
    default:
      return undefined;
  }
}

export function App(): VNode {
  const state = useStore(session);
  if (state.is === "out") return <SignedOut typed={state.typed} />;
  if (state.is === "starting") return <></>;
  return <Shell />;
}

const STATUS_CONCERNS = events("run.", "status.", "config.", "file.");

function Shell(): VNode {
  const status = useResource<Status>("/api/status", STATUS_CONCERNS);
  const { parts } = usePlace();
  const isLost = useLost();
  const areTextsRead = useStore(areDraftsRead);
  const areFiltersRead = useStore(keptFilters) !== undefined;
  const found = pageOf(parts);
  const title = found?.title ?? "Not found";
  useEffect(() => {
    document.title = `${title} · Agent Runner`;
  }, [title]);
  return (
    <StatusContext.Provider value={status}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="shell">
        <Menu current={parts[0] ?? ""} status={status.value} />
        <main id="main" tabIndex={-1} key={parts.join("/")}>
          {isLost ? <Lost /> : null}
          {areTextsRead && areFiltersRead ? (
            (found?.page ?? (
              <Empty title="Page not found">
                <a href="/">Back to the overview</a>
              </Empty>
            ))
          ) : (
            <Waiting />
          )}
          <OtherDrafts />
        </main>
      </div>
      <Notices />
      <Help />
    </StatusContext.Provider>
  );
}

function Menu({ current, status }: { current: string; status: Status | undefined }): VNode {
  const list = useRef<HTMLUListElement>(null);
  // In a narrow window the menu is one line that scrolls.
  useEffect(() => {
    const link = list.current?.querySelector("[aria-current]");
    link?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav class="menu" aria-label="Pages">
      <a class="brand" href="/" aria-label="Agent Runner, overview">
        Agent Runner
      </a>
      <ul ref={list}>
        {PAGES.map(([key, address, name]) => (
          <li key={address}>
            <a href={address} aria-current={address === `/${current}` ? "page" : undefined}>
              {name}
              <kbd aria-hidden="true">{key === "/" ? key : `g ${key}`}</kbd>
            </a>
          </li>
        ))}
      </ul>
      <div class="menu-foot">
        {status === undefined ? null : <State of={status.state} />}
        <Link />
      </div>
    </nav>
  );
}

const CONNECTION_TEXT = {
  connecting: "connecting…",
  live: "live",
  lost: "no connection to the daemon, retrying…",
  resting: "paused while hidden",
} as const;

function Link(): VNode {
  const state = useStore(connection);
  return (
    <span class={`link is-${state}`} role="status">
      {CONNECTION_TEXT[state]}
    </span>
  );
}
