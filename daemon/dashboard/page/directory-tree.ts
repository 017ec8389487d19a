import type { DirectoryView } from "../../protocol/directory-view.ts";

/** A directory in a tree. Its total includes the files of all directories below it. */
export interface TreeNode {
  /** Absolute. Path and agent together are unique. */
  path: string;
  agent_id: string;
  /** The last part of the path; for a root, the whole path. */
  name: string;
  depth: number;
  total: DirectoryView["files"];
  children: TreeNode[];
}

const STATES = ["pending", "working", "done", "failed", "skipped"] as const;

/** The configured directories and all below them, from a list sorted by agent and path. */
export function buildTree(directories: readonly DirectoryView[]): TreeNode[] {
  const roots: TreeNode[] = [];
  const known = new Map<string, TreeNode>();
  for (const directory of directories) {
    const { agent_id, root } = directory;
    for (const path of [root, ...stepsBelow(root, directory.path)]) {
      const key = `${agent_id}\0${path}`;
      let node = known.get(key);
      if (node === undefined) {
        const parent = known.get(`${agent_id}\0${parentOf(path)}`);
        node = {
          path,
          agent_id,
          name:
            path === root || parent === undefined ? path : path.slice(parentOf(path).length + 1),
          depth: path === root || parent === undefined ? 0 : parent.depth + 1,
          total: { pending: 0, working: 0, done: 0, failed: 0, skipped: 0 },
          children: [],
        };
        known.set(key, node);
        if (path === root || parent === undefined) roots.push(node);
        else parent.children.push(node);
      }
      for (const state of STATES) node.total[state] += directory.files[state];
    }
  }
  return roots;
}

/** The visible rows of a tree. */
export function openRows(
  nodes: readonly TreeNode[],
  isOpen: (node: TreeNode) => boolean,
): TreeNode[] {
  return nodes.flatMap((node) => [node, ...(isOpen(node) ? openRows(node.children, isOpen) : [])]);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 0));
}

/** Every directory from below a root down to a path, which is included. */
function stepsBelow(root: string, path: string): string[] {
  const steps: string[] = [];
  for (let step = path; step.length > root.length; step = parentOf(step)) steps.unshift(step);
  return steps;
}
