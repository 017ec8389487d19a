import { readXml } from "../../xml.ts";
import { type Part, WORD_SPACES } from "./style.ts";

export interface Note {
  kind: "footnote" | "endnote" | "comment";
  id: string;
  author: string | undefined;
  date: string | undefined;
  text: string;
}

/** The notes of a part that have text, in their order. */
export async function readNotes(part: Part, kind: Note["kind"]): Promise<Note[]> {
  const notes: Note[] = [];
  let note: Note | undefined;
  let isText = false;
  if (part === undefined) return notes;
  await readXml(part, WORD_SPACES, {
    open(name, attribute) {
      if (name === `w:${kind}`) {
        const [id = "", author, date] = [attribute("id"), attribute("author"), attribute("date")];
        note = { kind, id, author, date, text: "" };
        notes.push(note);
      }
      isText = name === "w:t";
      if (note && (name === "w:p" || name === "w:br" || name === "w:tab")) note.text += " ";
    },
    close(name) {
      isText = false;
      if (name === `w:${kind}`) note = undefined;
    },
    text(text) {
      if (note && isText) note.text += text;
    },
  });
  return notes.filter(({ text }) => text.trim() !== "");
}
