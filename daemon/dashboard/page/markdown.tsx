/**
 * A safe subset of Markdown as nodes: headings, lists, quotes, code, emphasis and links. Only the elements made
 * here exist; no picture is loaded; a link shows its whole address. Each step moves forward in the text, so the
 * time grows with its length.
 */
import type { ComponentChildren, VNode } from "preact";
import { escapeLines, escapeText } from "./inert.tsx";

export function Markdown({ of }: { of: string }): VNode {
  return <div class="prose">{toBlocks(escapeLines(of).split("\n"))}</div>;
}

const FENCE = /^ {0,3}(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])[ \t]+(.*)$/;
const CHECK = /^\[([ xX])\][ \t]+(.*)$/;
// Lists and quotes nested deeper are shown as text.
const MOST_DEEP = 8;

function toBlocks(lines: readonly string[], depth = 0): VNode[] {
  const blocks: VNode[] = [];
  let at = 0;
  const take = (while_: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && while_(lines[at] ?? "")) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const key = at;
    const heading = HEADING.exec(line);
    if (line.trim() === "") at += 1;
    else if (FENCE.test(line)) {
      const mark = FENCE.exec(line)?.[1] ?? "```";
      at += 1;
      const code = take((one) => !one.trimStart().startsWith(mark));
      at += 1;
      blocks.push(<pre key={key}>{code.join("\n")}</pre>);
    } else if (heading !== null) {
      at += 1;
      blocks.push(<Heading key={key} level={heading[1]?.length ?? 1} text={heading[2] ?? ""} />);
    } else if (RULE.test(line)) {
      at += 1;
      blocks.push(<hr key={key} />);
    } else if (QUOTE.test(line) && depth < MOST_DEEP) {
      const inner = take((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, ""));
      blocks.push(<blockquote key={key}>{toBlocks(inner, depth + 1)}</blockquote>);
    } else if (ITEM.test(line) && depth < MOST_DEEP) {
      const indent = ITEM.exec(line)?.[1]?.length ?? 0;
      const block = take(
        (one) =>
          one.trim() === "" || ITEM.test(one) || one.length - one.trimStart().length > indent,
      );
      blocks.push(<List key={key} lines={block} indent={indent} depth={depth} />);
    } else {
      at += 1;
      const rest = take((one) => one.trim() !== "" && !startsBlock(one));
      blocks.push(<p key={key}>{toInline([line, ...rest].join("\n").trim())}</p>);
    }
  }
  return blocks;
}

const startsBlock = (line: string): boolean =>
  FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);

/** One level below the page's own headings. */
function Heading({ level, text }: { level: number; text: string }): VNode {
  const content = toInline(text);
  return level <= 2 ? <h2>{content}</h2> : <h3>{content}</h3>;
}

function List({
  lines,
  indent,
  depth,
}: {
  lines: readonly string[];
  indent: number;
  depth: number;
}): VNode {
  const items: { head: string; rest: string[] }[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    const last = items.at(-1);
    if (item !== null && ((item[1]?.length ?? 0) <= indent + 1 || last === undefined)) {
      items.push({ head: item[3] ?? "", rest: [] });
    } else last?.rest.push(line.replace(/^ {1,4}|^\t/, ""));
  }
  const content = items.map(({ head, rest }, index) => {
    const check = CHECK.exec(head);
    return (
      <li key={index} class={check === null ? undefined : "check"}>
        {check === null ? null : (
          <span role="img" aria-label={check[1] === " " ? "open" : "done"}>
            {check[1] === " " ? "☐ " : "☑ "}
          </span>
        )}
        {toInline(check?.[2] ?? head)}
        {toBlocks(rest, depth + 1)}
      </li>
    );
  });
  return /^\s*\d/.test(lines[0] ?? "") ? <ol>{content}</ol> : <ul>{content}</ul>;
}

// Matched one at a time, from left to right. Bounded, so that a long line of stars stays cheap.
const INLINE = new RegExp(
  [
    /`(?<code>[^`\n]{1,2000})`/,
    /!\[(?<alt>[^\]\n]{0,300})\]\((?<picture>[^()\s]{1,2000})(?:\s[^)\n]{0,200})?\)/,
    /\[(?<text>[^[\]\n]{1,500})\]\((?<href>[^()\s]{1,2000})(?:\s[^)\n]{0,200})?\)/,
    /<?(?<url>https?:\/\/[^\s<>"'`]{1,2000}[^\s<>"'`.,;:!?)\]])>?/,
    /\*\*(?<strong>[^*\n]{1,1000})\*\*/,
    /(?<![\w*])\*(?<em>[^*\s][^*\n]{0,1000})\*(?![\w*])/,
    /(?<!\w)_(?<under>[^_\s][^_\n]{0,1000})_(?!\w)/,
    /~~(?<gone>[^~\n]{1,1000})~~/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

function toInline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(toPart(match));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function toPart({ 0: whole, groups = {} }: RegExpMatchArray): ComponentChildren {
  const { code, alt, picture, text, href, url, strong, em, under, gone } = groups;
  if (code !== undefined) return <code>{code}</code>;
  if (picture !== undefined) {
    return (
      <span class="picture">
        [picture{alt === "" || alt === undefined ? "" : `: ${alt}`}, not loaded: {picture}]
      </span>
    );
  }
  if (href !== undefined) return <Link href={href} text={text ?? href} />;
  if (url !== undefined) return <Link href={url} text={url} />;
  if (strong !== undefined) return <strong>{toInline(strong)}</strong>;
  if (em !== undefined || under !== undefined) return <em>{toInline(em ?? under ?? "")}</em>;
  if (gone !== undefined) return <s>{toInline(gone)}</s>;
  return whole;
}

/** A link with its whole address, as a browser writes it. Other addresses than web and mail stay text. */
export function Link({ href, text = href }: { href: string; text?: string }): VNode {
  const address = readAddress(href);
  const shown = escapeText(text);
  if (address === undefined) {
    return (
      <span>
        {shown} <span class="muted">({escapeText(href)})</span>
      </span>
    );
  }
  return (
    <span>
      {shown === address || `${shown}/` === address ? null : `${shown} `}
      <a href={address} target="_blank" rel="noreferrer noopener">
        {address}
      </a>
    </span>
  );
}

function readAddress(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
}
