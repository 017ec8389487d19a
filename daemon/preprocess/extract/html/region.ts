import { oneLine } from "../../../core/one-line.ts";
import type { Document } from "../../../protocol/document.ts";
import { type Tree, attribute, walk } from "./tree.ts";

type Element = Tree.Element;

/** The part of a page that is read. */
export interface Region {
  root: Tree.Node;
  /** Nodes that are left out with all they hold. */
  dropped: ReadonlySet<Tree.Node>;
  /** How much text the page hides. */
  hidden_chars: number;
  title: string;
  metadata: Document["metadata"];
}

// Never shown as text.
const SILENT = new Set(
  (
    "audio button canvas datalist embed head iframe meter noembed noframes noscript object optgroup option progress " +
    "script select style svg template textarea video"
  ).split(" "),
);
// The MathML children repeat the `alttext` attribute.
const SPOKEN = new Set(["math"]);
const HIDING =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|r?em|%)?\s*(?:;|!|$)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$))/i;

// Elements around the content of a page.
const AROUND = new Set(["nav"]);
const AROUND_PAGE = new Set(["aside", "footer", "header"]);
const AROUND_ROLES = new Set(["banner", "complementary", "contentinfo", "navigation", "search"]);
const AROUND_NAMES =
  /(?:^|[\s_-])(?:breadcrumbs?|catlinks|cookies?|consent|dropdown|editsection|gdpr|navbox|noprint|pagination|sidebar|skip-?links?|social|share)(?:$|[\s_-])/i;
const CONTAINERS = new Set(["div", "dl", "ol", "section", "table", "ul"]);

/** Finds the part of a page to read. `readHtml` explains the scopes. */
export function findRegion(page: Tree.Document, scope: "content" | "all"): Region {
  const dropped = new Set<Tree.Node>();
  const head = readHead(page);
  const hidden: Element[] = [];
  for (const node of walk(page, dropped)) {
    if (!("tagName" in node)) continue;
    if (SILENT.has(node.tagName) || (SPOKEN.has(node.tagName) && attribute(node, "alttext"))) {
      for (const child of node.childNodes) dropped.add(child);
      if (SILENT.has(node.tagName)) dropped.add(node);
    } else if (isHidden(node)) {
      hidden.push(node);
      dropped.add(node);
    }
  }
  const none = new Set<Tree.Node>();
  const hidden_chars = hidden.reduce((sum, element) => {
    const silent = new Set([...walk(element, none)].filter((node) => isSilent(node)));
    return sum + measure(element, silent).get(element).text;
  }, 0);
  const all = { root: page, dropped, hidden_chars, ...head };
  return scope === "all" ? all : (findContent(page, all) ?? all);
}

function isSilent(node: Tree.Node): boolean {
  return "tagName" in node && SILENT.has(node.tagName);
}

function isHidden(element: Element): boolean {
  if (attribute(element, "hidden") !== undefined) return true;
  return HIDING.test(attribute(element, "style") ?? "");
}

// A part with less of the page's text is not its content, whatever its name is.
const CONTENT_SHARE = 0.2;

/** The main part of a page without its surroundings; undefined if there is no clear one. */
function findContent(page: Tree.Document, all: Region): Region | undefined {
  const sizes = measure(page, all.dropped);
  const elements = [...walk(page, all.dropped)].filter(
    (node): node is Element => "tagName" in node,
  );
  const isLarge = (element: Element): boolean =>
    sizes.get(element).text >= CONTENT_SHARE * sizes.get(page).text;
  const articles = elements.filter(({ tagName }) => tagName === "article");
  const main =
    elements.find((element) => isMain(element) && isLarge(element)) ??
    (articles.length === 1 ? articles.find(isLarge) : undefined);

  const dropped = new Set(all.dropped);
  const root = main ?? page;
  // The header or footer of an article belongs to it; the header or footer of the page does not.
  const parts = new Set<Tree.Node>(main ? [main] : []);
  const edges = new Set<Tree.Node>(main ? [] : [page]);
  for (const node of walk(root, dropped)) {
    if (!("tagName" in node) || node === root) continue;
    const isIn = (set: Set<Tree.Node>): boolean =>
      node.parentNode !== null && set.has(node.parentNode);
    const isInPart = isIn(parts);
    if (isInPart || node.tagName === "article" || node.tagName === "main") parts.add(node);
    const mayBeMenu = isIn(edges) || AROUND_PAGE.has(node.tagName);
    if (mayBeMenu) edges.add(node);
    const isMenuHere = mayBeMenu && isMenu(node, sizes.get(node));
    if (isMenuHere || isAround(node, isInPart)) dropped.add(node);
  }
  const kept = measure(root, dropped).get(root).text;
  const isEnough = kept > 0 && kept >= CONTENT_SHARE * sizes.get(root).text;
  return isEnough ? { ...all, root, dropped } : undefined;
}

function isMain(element: Element): boolean {
  return element.tagName === "main" || attribute(element, "role") === "main";
}

function isAround(element: Element, isInPart: boolean): boolean {
  const { tagName } = element;
  if (AROUND.has(tagName) || AROUND_ROLES.has(attribute(element, "role") ?? "")) return true;
  if (!isInPart && AROUND_PAGE.has(tagName)) return true;
  if (tagName === "body" || tagName === "html") return false;
  return AROUND_NAMES.test(
    `${attribute(element, "class") ?? ""} ${attribute(element, "id") ?? ""}`,
  );
}

/** Whether an element has little more than short links. */
function isMenu(element: Element, size: Size): boolean {
  if (!CONTAINERS.has(element.tagName)) return false;
  return size.links >= 4 && size.linked > 0.8 * size.text && size.text < 40 * size.links;
}

interface Size {
  /** Characters of text, and how many of them are in links. */
  text: number;
  linked: number;
  links: number;
}

interface Sizes {
  get(node: Tree.Node): Size;
}

const NOTHING: Size = { text: 0, linked: 0, links: 0 };

/** Measures the text in each node. */
function measure(root: Tree.Node, dropped: ReadonlySet<Tree.Node>): Sizes {
  const nodes = [...walk(root, dropped)];
  const sizes = new Map<Tree.Node, Size>();
  const sizeOf = (node: Tree.Node): Size => {
    const known = sizes.get(node) ?? { ...NOTHING };
    sizes.set(node, known);
    return known;
  };
  for (const node of nodes.toReversed()) {
    const size = sizeOf(node);
    if ("value" in node) size.text = oneLine(node.value).length;
    if ("tagName" in node && node.tagName === "a") {
      size.linked = size.text;
      size.links = 1;
    }
    const parent = "parentNode" in node ? node.parentNode : null;
    if (!parent || node === root) continue;
    const above = sizeOf(parent);
    above.text += size.text;
    above.linked += size.linked;
    above.links += size.links;
  }
  return { get: (node) => sizes.get(node) ?? NOTHING };
}

// The names that pages give these fields, the most reliable first.
const FIELDS: readonly [field: string, names: readonly string[]][] = [
  ["author", ["author", "article:author", "dc.creator", "dcterms.creator", "parsely-author"]],
  [
    "date",
    ["article:published_time", "datepublished", "date", "dc.date", "dcterms.date", "publish-date"],
  ],
  ["description", ["description", "og:description"]],
  ["site", ["og:site_name", "application-name"]],
];

/** The title and metadata in the head of a page. */
function readHead(page: Tree.Document): Pick<Region, "title" | "metadata"> {
  const said = new Map<string, string>();
  let title = "";
  let url: string | undefined;
  for (const node of walk(page, new Set())) {
    if (!("tagName" in node)) continue;
    if (node.tagName === "title" && title === "") {
      title = oneLine(
        node.childNodes.map((child) => ("value" in child ? child.value : "")).join(""),
      );
    }
    if (node.tagName === "link" && attribute(node, "rel") === "canonical") {
      url ??= attribute(node, "href");
    }
    if (node.tagName !== "meta") continue;
    const name = ["name", "property", "itemprop"].map((key) => attribute(node, key)).find(Boolean);
    const content = oneLine(attribute(node, "content") ?? "");
    const key = name?.toLowerCase();
    if (key !== undefined && content !== "" && !said.has(key)) said.set(key, content);
  }
  const found = FIELDS.map(([field, names]): [string, string | undefined] => [
    field,
    names.map((name) => said.get(name)).find((value) => value !== undefined),
  ]);
  const fields = [...found, ["url", url] as const];
  // Some pages give the address of the author's profile instead of a name.
  const isGiven = (field: readonly [string, string | undefined]): field is [string, string] =>
    field[1] !== undefined && !(field[0] === "author" && /^https?:/.test(field[1]));
  return {
    title: title || (said.get("og:title") ?? ""),
    metadata: Object.fromEntries(fields.filter(isGiven)),
  };
}
