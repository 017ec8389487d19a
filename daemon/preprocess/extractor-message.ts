import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import { CODES, type ErrorCode } from "../core/errors.ts";
import { documentSchema } from "../protocol/document.ts";
import { skipReason } from "../protocol/file.ts";
import type { FileContent } from "./extractor.ts";

/*
 * The messages between the daemon and the process that makes documents. A request is the lengths of its
 * head (JSON) and of the file's bytes, 32 bits each, then both. An answer is one line of JSON.
 */

const headSchema = z.object({ name: z.string(), content_type: z.string() });
const LENGTHS = 8;

export const answerSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("document"), document: documentSchema }),
  z.object({ outcome: z.literal("skipped"), reason: skipReason }),
  z.object({
    outcome: z.literal("failed"),
    code: z.custom<ErrorCode>((code) => typeof code === "string" && code in CODES),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);

export type Answer = z.infer<typeof answerSchema>;

export function writeRequest(stream: Writable, { bytes, name, content_type }: FileContent): void {
  const head = Buffer.from(JSON.stringify({ name, content_type }));
  const lengths = Buffer.alloc(LENGTHS);
  lengths.writeUInt32LE(head.length, 0);
  lengths.writeUInt32LE(bytes.length, 4);
  for (const part of [lengths, head, bytes]) stream.write(part);
}

/** Calls `onRequest` with each request when all of it has arrived. */
export function readRequests(stream: Readable, onRequest: (file: FileContent) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < LENGTHS) return;
    const start = chunks[0];
    if (start === undefined || start.length < LENGTHS) chunks = [Buffer.concat(chunks)];
    const lengths = chunks[0] ?? Buffer.alloc(LENGTHS);
    const headEnd = LENGTHS + lengths.readUInt32LE(0);
    if (size < headEnd + lengths.readUInt32LE(4)) return;
    const whole = Buffer.concat(chunks);
    chunks = [];
    size = 0;
    const head = headSchema.parse(JSON.parse(whole.toString("utf8", LENGTHS, headEnd)));
    onRequest({ ...head, bytes: whole.subarray(headEnd) });
  });
}
