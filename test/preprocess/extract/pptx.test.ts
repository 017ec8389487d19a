import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";
import { makeZip } from "../../helper/zip.ts";

const P =
  'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const relations = (...all: [id: string, type: string, target: string][]): string =>
  `<Relationships xmlns="r">${all.map(([id, type, target]) => `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`).join("")}</Relationships>`;
const shape = (kind: string, ...paragraphs: string[]): string =>
  `<p:sp><p:nvSpPr><p:nvPr>${kind}</p:nvPr></p:nvSpPr><p:txBody>${paragraphs.map((one) => `<a:p>${one}</a:p>`).join("")}</p:txBody></p:sp>`;
const t = (text: string, properties = ""): string => `${properties}<a:r><a:t>${text}</a:t></a:r>`;
const slide = (shapes: string, show = ""): string => `<p:sld ${P}${show}>${shapes}</p:sld>`;

test("slides are in their shown order, with title, list, table, notes and comments", async () => {
  const cell = (text: string, attributes = "") =>
    `<a:tc${attributes}><a:txBody><a:p>${t(text)}</a:p></a:txBody></a:tc>`;
  const first = slide(
    shape('<p:ph type="title"/>', t("Plan")) +
      shape(
        '<p:ph idx="1"/>',
        t("one"),
        t("inner", '<a:pPr lvl="1"/>'),
        t("no dot", "<a:pPr><a:buNone/></a:pPr>"),
      ) +
      shape(
        "",
        t("first", "<a:pPr><a:buAutoNum/></a:pPr>"),
        t("second", "<a:pPr><a:buAutoNum/></a:pPr>"),
      ) +
      shape('<p:ph type="sldNum"/>', t("7")) +
      `<a:tbl><a:tr>${cell("Task")}${cell("Due")}</a:tr><a:tr>${cell("Dig")}${cell("x", ' hMerge="1"')}</a:tr></a:tbl>`,
  );
  const bytes = makeZip([
    { name: "_rels/.rels", content: relations(["r", "officeDocument", "ppt/presentation.xml"]) },
    {
      name: "ppt/presentation.xml",
      content: `<p:presentation ${P}><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r3"/><p:sldId id="258" r:id="r1"/></p:sldIdLst></p:presentation>`,
    },
    {
      name: "ppt/_rels/presentation.xml.rels",
      content: relations(
        ["r1", "slide", "slides/slide1.xml"],
        ["r2", "slide", "/ppt/slides/slide2.xml"],
        ["r3", "slide", "slides/slide3.xml"],
      ),
    },
    { name: "ppt/slides/slide1.xml", content: slide(shape("", t("last"))) },
    { name: "ppt/slides/slide2.xml", content: first },
    { name: "ppt/slides/slide3.xml", content: slide(shape("", t("hidden")), ' show="0"') },
    {
      name: "ppt/slides/_rels/slide2.xml.rels",
      content: relations(
        ["n", "notesSlide", "../notesSlides/n.xml"],
        ["c", "comments", "../comments/c.xml"],
      ),
    },
    {
      name: "ppt/notesSlides/n.xml",
      content: `<p:notes ${P}>${shape('<p:ph type="body"/>', t("Say hello"))}</p:notes>`,
    },
    {
      name: "ppt/comments/c.xml",
      content: `<p:cmLst ${P}><p:cm><p:text>Why?</p:text></p:cm></p:cmLst>`,
    },
  ]);
  const content_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
  const result = await extract({ bytes, name: "a.pptx", content_type });
  if (result.outcome !== "document") throw new Error(result.reason);
  expect(result.document).toMatchObject({
    title: "Plan",
    text:
      "## Slide 1: Plan\n\n- one\n  - inner\n\nno dot\n\n1. first\n2. second\n\n| Task | Due |\n| --- | --- |\n| Dig |  |\n\n" +
      "Notes: Say hello\n\nComment: Why?\n\n## Slide 3\n\nlast\n",
    warnings: [{ code: "hidden_slide", message: "Slides that the file hides were left out: 1." }],
  });
});
