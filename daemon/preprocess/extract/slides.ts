import { oneLine } from "../../core/one-line.ts";
import type { Place, TextWriter } from "../text-writer.ts";

/** Writes slides: each below a heading with its number and title, then the speaker's notes. */
export interface Slides {
  /** Begins the next slide; one that was not ended is left out. */
  begin(): void;
  isOpen(): boolean;
  add(text: string, place: Place, isTitle: boolean): void;
  /** The first row is the header. */
  addTable(rows: readonly (readonly string[])[]): void;
  addComment(text: string): void;
  /** What is added from now on is a note of the slide. */
  beginNotes(): void;
  /** Ends the slide and writes it, unless nothing is on it. */
  end(): void;
  /** The first title of a slide; null: none has one. */
  title(): string | null;
}

interface Slide {
  title: string;
  blocks: (() => void)[];
  notes: string[];
  comments: string[];
  inNotes: boolean;
}

export function createSlides(writer: TextWriter): Slides {
  let slide: Slide | undefined;
  let number = 0;
  let first: string | null = null;
  return {
    begin() {
      number += 1;
      slide = { title: "", blocks: [], notes: [], comments: [], inNotes: false };
    },
    isOpen: () => slide !== undefined,
    add(text, place, isTitle) {
      if (slide === undefined) return;
      if (slide.inNotes) slide.notes.push(text);
      else if (isTitle) slide.title = oneLine(`${slide.title} ${text}`);
      else slide.blocks.push(() => writer.block(text, place));
    },
    addTable(rows) {
      slide?.blocks.push(() => writer.table(rows));
    },
    addComment(text) {
      slide?.comments.push(text);
    },
    beginNotes() {
      if (slide !== undefined) slide.inNotes = true;
    },
    end() {
      if (slide === undefined) return;
      const { title, blocks, notes, comments } = slide;
      slide = undefined;
      if (title !== "") first ??= title;
      if (title === "" && [blocks, notes, comments].every(({ length }) => length === 0)) return;
      writer.heading(2, title === "" ? `Slide ${number}` : `Slide ${number}: ${title}`);
      for (const write of blocks) write();
      if (notes.length > 0) writer.block(`Notes: ${notes.join("\n")}`);
      for (const comment of comments) writer.block(`Comment: ${comment}`);
    },
    title: () => first,
  };
}
