import type { DefaultTreeAdapterTypes as Tree } from "parse5";

export type { Tree };

/** Pushes the children of a node on a stack, the first on top. */
export function pushChildren(stack: unknown[], node: Tree.Node): void {
  if (!("childNodes" in node)) return;
  for (let index = node.childNodes.length - 1; index >= 0; index -= 1) {
    stack.push(node.childNodes[index]);
  }
}

export function attribute(element: Tree.Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

/**
 * Walks a node and all below it, parents first. Leaves out dropped nodes, also those that the caller drops
 * during the walk.
 */
export function* walk(root: Tree.Node, dropped: ReadonlySet<Tree.Node>): Generator<Tree.Node> {
  const stack: Tree.Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (dropped.has(node)) continue;
    yield node;
    if (!dropped.has(node)) pushChildren(stack, node);
  }
}
