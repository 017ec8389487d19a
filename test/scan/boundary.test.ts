import { mkdirSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { createBoundary, isWithin, relativePath } from "../../daemon/scan/boundary.ts";
import { testFolder } from "../helper/folder.ts";

const elsewhere = { own: ["/nowhere/home"], inbox: "/nowhere/home/inbox" };
const reach = (path: string, roots: string[] = [], places = elsewhere, max_depth = 5) =>
  createBoundary({ path, max_depth }, [path, ...roots], places);

test.each([
  ["/a", "/a", true],
  ["/a", "/a/b", true],
  ["/a", "/ab", false],
  ["/a/b", "/a", false],
  ["/", "/a", true],
])("%s takes in %s: %s", (outer, inner, within) => {
  expect(isWithin(outer, inner)).toBe(within);
});

test("a relative path is the part below its root", () => {
  expect(relativePath("/a", "/a/b/c.md")).toBe("b/c.md");
  expect(relativePath("/", "/b.md")).toBe("b.md");
  expect(relativePath("/a", "/a")).toBe("");
});

test("a directory deeper than max_depth is not entered", () => {
  expect(reach("/root", [], elsewhere, 0).stops("/root/a")).toBe("max_depth");
  expect(reach("/root", [], elsewhere, 1).stops("/root/a")).toBeUndefined();
  expect(reach("/root", [], elsewhere, 1).stops("/root/a/b")).toBe("max_depth");
});

test("rules for names hold below the root, not for the root", () => {
  const boundary = reach("/x/node_modules/.hidden");
  expect(boundary.stops("/x/node_modules/.hidden/a")).toBeUndefined();
  expect(boundary.stops("/x/node_modules/.hidden/.git")).toBe("version_control");
});

test("another directory of the agent is not entered from the one around it", () => {
  const boundary = reach("/root", ["/root/a/b", "/other"]);
  expect(boundary.stops("/root/a/b")).toBe("nested");
  expect(boundary.stops("/root/a")).toBeUndefined();
  expect(boundary.nested).toEqual(["/root/a/b"]);
});

test("the product's own places are left out, and the way to the inbox stays open", () => {
  using folder = testFolder({ "home/config.yaml": "", "home/inbox/a.md": "", "home/logs/x": "" });
  const places = { own: [folder.file("home")], inbox: folder.file("home/inbox") };
  const boundary = reach(folder.path, [], places);
  expect(boundary.holdsOwn(folder.path)).toBe(false);
  expect(boundary.stops(folder.file("home"))).toBeUndefined();
  expect(boundary.holdsOwn(folder.file("home"))).toBe(true);
  expect(boundary.stops(folder.file("home/logs"))).toBe("own");
  expect(boundary.stops(folder.file("home/inbox"))).toBeUndefined();
  expect(boundary.holdsOwn(folder.file("home/inbox"))).toBe(false);
});

test("a home that is watched itself gives none of its own files", () => {
  using folder = testFolder({ "secrets.env": "" });
  const places = { own: [folder.path], inbox: folder.file("inbox") };
  expect(reach(folder.path, [], places).holdsOwn(folder.path)).toBe(true);
  expect(reach(folder.path, [], places).stops(folder.file("backups"))).toBe("own");
});

test("a directory inside an own place that the user watches by name is read", () => {
  using folder = testFolder({ "docs/a.md": "" });
  const places = { own: [folder.path], inbox: folder.file("inbox") };
  expect(reach(folder.file("docs"), [], places).holdsOwn(folder.file("docs"))).toBe(false);
});

test("own places are found behind a symbolic link, from either side", () => {
  using folder = testFolder({ "real/home/secrets.env": "" });
  symlinkSync(folder.file("real"), folder.file("link"));
  mkdirSync(folder.file("real/home/inbox"));
  for (const [home, root] of [
    ["link/home", "real"],
    ["real/home", "link"],
  ] as const) {
    const places = { own: [folder.file(home)], inbox: folder.file(`${home}/inbox`) };
    const boundary = reach(folder.file(root), [], places);
    expect(boundary.holdsOwn(folder.file(`${root}/home`))).toBe(true);
    expect(boundary.holdsOwn(folder.file(`${root}/home/inbox`))).toBe(false);
  }
});
