import katex from "@vscode/markdown-it-katex";
import MarkdownIt from "markdown-it";
import { Marked } from "marked";
import formulas from "marked-katex-extension";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

/*
 * Programs that draw Markdown, of other families than the parser of the export, and with the formulas that editors add.
 * None of them is careful: HTML is HTML, and an address without a scheme is a link.
 */

const markdownIt = () => new MarkdownIt({ html: true, linkify: true });
// Of a module of the older kind, Node gives the whole, and a bundler what it exports.
type Plugin = (markdown: ReturnType<typeof markdownIt>, options: Record<string, boolean>) => void;
const module = katex as unknown as Plugin & { default?: Plugin };
const plugin: Plugin = module.default ?? module;
const withFormulas = markdownIt().use(plugin, {
  enableBareBlocks: true,
  enableMathBlockInHtml: true,
  enableMathInlineInHtml: true,
  strict: false,
});
const plain = markdownIt();
const marked = new Marked({ gfm: true });
const markedWithFormulas = new Marked({ gfm: true });
markedWithFormulas.use(formulas({ throwOnError: false, strict: false }));
const markedWithLooseFormulas = new Marked({ gfm: true });
markedWithLooseFormulas.use(formulas({ throwOnError: false, strict: false, nonStandard: true }));

/** Each makes HTML of Markdown. */
export const VIEWERS: Readonly<Record<string, (text: string) => string>> = {
  "markdown-it": (text) => plain.render(text),
  "markdown-it with KaTeX, as in VS Code": (text) => withFormulas.render(text),
  marked: (text) => marked.parse(text, { async: false }),
  "marked with KaTeX": (text) => markedWithFormulas.parse(text, { async: false }),
  "marked with loose KaTeX": (text) => markedWithLooseFormulas.parse(text, { async: false }),
};

const LOADING =
  /^(?:img|iframe|script|style|link|meta|video|audio|source|object|embed|form|base|image)$/u;

/** What in HTML loads, runs or leads out of the web. */
export function findLoading(html: string): string[] {
  const found: string[] = [];
  const nodes: DefaultTreeAdapterTypes.Node[] = [parseFragment(html)];
  for (const node of nodes) {
    if ("childNodes" in node) nodes.push(...node.childNodes);
    if (!("attrs" in node)) continue;
    if (LOADING.test(node.tagName)) found.push(node.tagName);
    for (const { name, value } of node.attrs) {
      if (name.startsWith("on")) found.push(name);
      if (name.endsWith("href") && !/^(?:https?:\/\/|mailto:|#)/iu.test(value)) found.push(value);
    }
  }
  return found;
}

/** The same of a text, by viewer; those that would load nothing are left out. */
export function findDrawn(text: string): Record<string, string[]> {
  const drawn = Object.entries(VIEWERS).map(
    ([name, toHtml]) => [name, findLoading(toHtml(text))] as const,
  );
  return Object.fromEntries(drawn.filter(([, found]) => found.length > 0));
}
