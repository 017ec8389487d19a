import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

const WAYS = [{}, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }];

function* nodesOf(node: Nodes): Generator<Nodes> {
  yield node;
  for (const child of "children" in node ? node.children : []) yield* nodesOf(child);
}

/**
 * What in a text would be loaded, run or led away to, for readers with and without GFM.
 *
 * @param isOwn whether an address that does not lead into the web is meant
 */
export function findLive(text: string, isOwn = (_url: string): boolean => false): string[] {
  const nodes = WAYS.flatMap((way) => [...nodesOf(fromMarkdown(text, way))]);
  return nodes.flatMap((node) => {
    switch (node.type) {
      case "image":
      case "imageReference":
      case "html":
        return [node.type];
      case "link":
      case "definition":
        return /^(?:https?:\/\/|mailto:|#)/iu.test(node.url) || isOwn(node.url)
          ? []
          : [`${node.type} ${node.url}`];
      case "code":
        return /^(?:text|txt|md|js|python)?$/iu.test(node.lang ?? "") &&
          !/[{}]/u.test(node.meta ?? "")
          ? []
          : [`code ${node.lang}`];
      case "inlineCode":
        return /^\s*(?:\$?=\s*[\p{L}\p{N}_]|\{\w+\}\s|r\s|[A-Z]+\[)/u.test(node.value)
          ? [node.value]
          : [];
      case "text":
        return sourceOf(text, node).includes("[[") ? ["wiki link"] : [];
      default:
        return [];
    }
  });
}

function sourceOf(text: string, { position }: Nodes): string {
  return text.slice(position?.start.offset, position?.end.offset);
}
