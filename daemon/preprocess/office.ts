import { oneLine } from "../core/one-line.ts";
import type { Archive } from "./archive.ts";
import { readXml } from "./xml.ts";

/** What a part of an Office file (ECMA-376, part 2) refers to. */
export interface Relation {
  id: string;
  /** An address that ends with the kind, such as `/notesSlide`. */
  type: string;
  /** The name of the part in the archive. */
  target: string;
}

/** The parts that a part refers to. @param name of the part; empty: the file itself */
export async function readRelations(archive: Archive, name: string): Promise<Relation[]> {
  const at = name.lastIndexOf("/") + 1;
  const [directory, file] = [name.slice(0, at), name.slice(at)];
  const part = await archive.open(`${directory}_rels/${file}.rels`);
  const relations: Relation[] = [];
  if (part === undefined) return relations;
  await readXml(
    part,
    {},
    {
      open(element, attribute) {
        if (element !== "Relationship" || attribute("TargetMode") === "External") return;
        const [id = "", type = "", target = ""] = [
          attribute("Id"),
          attribute("Type"),
          attribute("Target"),
        ];
        relations.push({ id, type, target: resolve(directory, target) });
      },
      close() {},
      text() {},
    },
  );
  return relations;
}

function resolve(directory: string, target: string): string {
  if (target.startsWith("/")) return target.slice(1);
  const steps: string[] = [];
  for (const step of `${directory}${target}`.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "." && step !== "") steps.push(step);
  }
  return steps.join("/");
}

const PROPERTIES: Readonly<Record<string, string>> = {
  title: "title",
  creator: "author",
  lastModifiedBy: "last_author",
  subject: "subject",
  keywords: "keywords",
  modified: "date",
  created: "created",
};

/** What an Office file says of itself. */
export async function readOfficeProperties(archive: Archive): Promise<Record<string, string>> {
  const properties = await archive.open("docProps/core.xml");
  const found: Record<string, string> = {};
  if (properties === undefined) return found;
  let field: string | undefined;
  await readXml(
    properties,
    {},
    {
      open(name) {
        field = PROPERTIES[name];
      },
      close() {
        field = undefined;
      },
      text(text) {
        const value = oneLine(text);
        if (field !== undefined && value !== "") found[field] = `${found[field] ?? ""}${value}`;
      },
    },
  );
  return found;
}
