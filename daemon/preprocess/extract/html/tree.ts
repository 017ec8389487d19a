import type { DefaultTreeAdapterTypes as Tree } from "parse5";

export type { Tree };

/** Puts the children of a node on a stack, so that the first comes off first. */
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
 * A node and those below it, each before what is in it; not what was dropped, also where that happens while
 * a node is looked at.
 */
export function* walk(root: Tree.Node, dropped: ReadonlySet<Tree.Node>): Generator<Tree.Node> {
  const stack: Tree.Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (dropped.has(node)) continue;
    yield node;
    if (!dropped.has(node)) pushChildren(stack, node);
  }
}
