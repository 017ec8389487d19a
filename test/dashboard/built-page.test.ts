import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { CALL } from "../../daemon/core/call.ts";
import {
  findPagePlaces,
  FINGERPRINT_FILE,
  fingerprint,
  openBuiltPage,
} from "../../daemon/dashboard/built-page.ts";
import { testFolder } from "../helper/folder.ts";

const MOST_BYTES = 150_000;

test("a page that is missing is built, is small, and is not built again until its sources change", async () => {
  using folder = testFolder();
  const places = { ...findPagePlaces(), built: folder.file("dist/dashboard") };
  await using page = openBuiltPage(places);
  expect(page.state()).toMatchObject({
    is: "missing",
    reason: expect.stringContaining("npm run build"),
  });
  const prepared = page.prepare();
  expect(page.state()).toEqual({ is: "building" });
  await prepared;
  expect(page.state()).toEqual({ is: "ready" });
  expect(readdirSync(folder.file("dist"))).toEqual(["dashboard"]);

  const assets = path.join(places.built, "assets");
  const files = [path.join(places.built, "index.html")].concat(
    readdirSync(assets).map((name) => path.join(assets, name)),
  );
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  expect(bytes).toBeLessThan(MOST_BYTES);

  const html = Buffer.from(await page.document()).toString();
  const script = /src="\/assets\/([^"]+\.js)"/u.exec(html)?.[1] ?? "";
  expect(await page.findAsset(script)).toMatchObject({
    media_type: "text/javascript; charset=utf-8",
  });
  expect(html).toContain(`<meta name="call" content="${CALL}"`);
  // Nothing inline, which the policy would refuse, and no address of anything else.
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|https?:/u);

  expect(readFileSync(path.join(places.built, FINGERPRINT_FILE), "utf8")).toBe(fingerprint(places));
  const again = page.prepare();
  expect(page.state()).toEqual({ is: "ready" });
  await again;
});

test("the fingerprint follows every source and the packages", () => {
  using folder = testFolder({
    "package.json": JSON.stringify({ devDependencies: { preact: "1.0.0" } }),
    "daemon/dashboard/page/index.html": "<!doctype html>",
    "daemon/dashboard/page/a.tsx": "a",
  });
  const places = { sources: folder.file("daemon/dashboard"), built: folder.file("dist") };
  const seen = new Set([fingerprint(places)]);
  folder.write("daemon/dashboard/page/a.tsx", "b");
  seen.add(fingerprint(places));
  folder.write("daemon/dashboard/page/b.css", "");
  seen.add(fingerprint(places));
  folder.write("package.json", JSON.stringify({ devDependencies: { preact: "1.0.1" } }));
  seen.add(fingerprint(places));
  expect(seen.size).toBe(4);
});

test("a published page without sources is served as it is", async () => {
  using folder = testFolder({ "dist/index.html": "<!doctype html>published" });
  await using page = openBuiltPage({ sources: folder.file("none"), built: folder.file("dist") });
  await page.prepare();
  expect(page.state()).toEqual({ is: "ready" });
  expect(Buffer.from(await page.document()).toString()).toContain("published");
});

test("a build that fails says why, and what to do", async () => {
  using folder = testFolder({
    "package.json": "{}",
    "daemon/dashboard/page/index.html": "",
    "daemon/dashboard/build.ts": 'console.error("vite is not there");process.exitCode = 1;',
  });
  await using page = openBuiltPage({
    sources: folder.file("daemon/dashboard"),
    built: folder.file("dist"),
  });
  await page.prepare();
  expect(page.state()).toEqual({
    is: "missing",
    reason: expect.stringMatching(/vite is not there.*npm ci --include=dev/u),
  });
});

test.each(["../built-from", "..%2fx.js", "sub/x.js", ".hidden.js", "x", "x.html"])(
  "%s is not served",
  async (name) => {
    using folder = testFolder({
      "dist/index.html": "",
      "dist/assets/.hidden.js": "no",
      "dist/assets/x.html": "no",
      "dist/assets/sub/x.js": "no",
    });
    await using page = openBuiltPage({ sources: folder.file("none"), built: folder.file("dist") });
    expect(await page.findAsset(name)).toBeUndefined();
  },
);
