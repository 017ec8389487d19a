import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";

const read = (xml: string) =>
  extract({ bytes: Buffer.from(xml), name: "a.xml", content_type: "application/xml" });

test.each([
  [
    "RSS",
    `<?xml version="1.0"?><rss><channel><title>News</title><image><title>Logo</title></image><item><title>A &amp; B</title>
     <link>https://example.org/a</link><pubDate>Thu, 19 Nov 2026</pubDate><description>short</description>
     <content:encoded xmlns:content="c"><![CDATA[<p>One<p>Two]]></content:encoded></item></channel></rss>`,
  ],
  [
    "Atom",
    `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>A &amp; B</title>
     <link rel="self" href="x"/><link href="https://example.org/a"/><updated>Thu, 19 Nov 2026</updated>
     <content type="html">&lt;p&gt;One&lt;p&gt;Two</content></entry></feed>`,
  ],
])("a feed (%s) is read entry by entry", async (_, xml) => {
  expect(await read(xml)).toMatchObject({
    document: {
      title: "News",
      text: "# News\n\n## A & B\n\nThu, 19 Nov 2026 · https://example.org/a\n\nOne\n\nTwo\n",
    },
  });
});

test.each([
  ["other XML", "<a><b>c</b></a>\n"],
  ["what is not well-formed", "<rss><a>\n"],
  [
    "entities that a document defines",
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><title>&x;</title></rss>\n',
  ],
])("%s stays as it is", async (_, xml) => {
  expect(await read(xml)).toMatchObject({ document: { text: xml } });
});
