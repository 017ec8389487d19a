import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import type { DirectoryView } from "../../protocol/directory-view.ts";
import { get, withQuery } from "./api.ts";
import { events, useReload } from "./data.ts";
import { buildTree, openRows, type TreeNode } from "./directory-tree.ts";
import { formatCount } from "./format.ts";
import { escapeText } from "./inert.tsx";
import { useRowHeight, VirtualRows } from "./list.tsx";
import { Empty, Fault, Waiting } from "./parts.tsx";

const CONCERNS = events("file.", "run.completed", "config.changed");
const PACE_MS = 3_000;

/** The configured directories as a tree, with how many files are in each state. */
export function FileTree({ agentId }: { agentId: string }): VNode {
  const [state, setState] = useState<{ directories?: DirectoryView[]; error?: unknown }>({});
  const [count, setCount] = useState(0);
  const reload = (): void => setCount((before) => before + 1);
  useReload(reload, CONCERNS, PACE_MS);
  useEffect(() => {
    const ending = new AbortController();
    readDirectories(agentId, ending.signal).then(
      (directories) => setState({ directories }),
      (error: unknown) => {
        if (!ending.signal.aborted) setState({ error });
      },
    );
    return () => ending.abort();
  }, [agentId, count]);

  const { directories, error } = state;
  const roots = useMemo(() => buildTree(directories ?? []), [directories]);
  // Roots start open; the rest starts closed.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const keyOf = (node: TreeNode): string => `${node.agent_id} ${node.path}`;
  const isOpen = (node: TreeNode): boolean => turned.has(keyOf(node)) !== (node.depth === 0);
  const rowHeight = useRowHeight(36, 44);
  if (error !== undefined) return <Fault error={error} retry={reload} />;
  if (directories === undefined) return <Waiting />;
  if (roots.length === 0) return <Empty title="No files" />;
  const turn = (node: TreeNode): void => {
    const next = new Set(turned);
    if (!next.delete(keyOf(node))) next.add(keyOf(node));
    setTurned(next);
  };
  return (
    <VirtualRows
      items={openRows(roots, isOpen)}
      rowHeight={rowHeight}
      keyOf={keyOf}
      label="Directories"
    >
      {(node) => <TreeRow node={node} isOpen={isOpen(node)} onTurn={() => turn(node)} />}
    </VirtualRows>
  );
}

async function readDirectories(agentId: string, signal: AbortSignal): Promise<DirectoryView[]> {
  const all: DirectoryView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 500, agent_id: agentId, cursor };
    const page = await get<Page<DirectoryView>>(withQuery("/api/directories", query), signal);
    all.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

function TreeRow({
  node,
  isOpen,
  onTurn,
}: {
  node: TreeNode;
  isOpen: boolean;
  onTurn(): void;
}): VNode {
  const { path, name, depth, total, agent_id, children } = node;
  const shown = escapeText(name);
  return (
    <div class="row tree-row" data-row style={{ paddingLeft: `${10 + depth * 20}px` }}>
      {children.length === 0 ? (
        <span />
      ) : (
        <button
          type="button"
          class="quiet turn"
          aria-expanded={isOpen}
          aria-label={`Directories in ${shown}`}
          onClick={onTurn}
        >
          {isOpen ? "▾" : "▸"}
        </button>
      )}
      <a href={withQuery("/files", { agent_id, path })}>
        <bdi>{shown}</bdi>
      </a>
      <span class="tree-counts">
        {(["done", "pending", "working", "failed", "skipped"] as const).map((state) =>
          total[state] === 0 ? null : (
            <span key={state} class={`is-${state}`}>
              {formatCount(total[state])} {state}
            </span>
          ),
        )}
      </span>
    </div>
  );
}
