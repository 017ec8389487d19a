import { decode, encode, type Value, type Variant, variant } from "./wire.ts";

export type MessageKind = "call" | "reply" | "error" | "signal";

/** The parts of a D-Bus message that the tray uses. */
export interface Message {
  kind: MessageKind;
  serial: number;
  path?: string;
  interface?: string;
  member?: string;
  errorName?: string;
  replySerial?: number;
  destination?: string;
  sender?: string;
  signature: string;
  body: readonly Value[];
  /** Whether the caller expects no reply. */
  isOneWay?: boolean;
}

const KINDS: readonly MessageKind[] = ["call", "reply", "error", "signal"];
const NO_REPLY_EXPECTED = 1;
const PROTOCOL_VERSION = 1;
// The fixed part of a header: endianness, kind, flags, version, length of the body, serial, length of the fields.
const FIXED_BYTES = 16;
// The specification allows 128 MB; the messages for a tray have a few kilobytes.
const LONGEST_MESSAGE = 8_000_000;

const FIELDS = [
  [1, "o", "path"],
  [2, "s", "interface"],
  [3, "s", "member"],
  [4, "s", "errorName"],
  [5, "u", "replySerial"],
  [6, "s", "destination"],
  [7, "s", "sender"],
  [8, "g", "signature"],
] as const;

export function encodeMessage(message: Message): Buffer {
  const body = encode(message.signature, message.body);
  const fields = FIELDS.flatMap(([code, signature, name]): Value[] => {
    const value = message[name];
    return value === undefined || value === "" ? [] : [[code, variant(signature, value)]];
  });
  const header = encode("yyyyuua(yv)", [
    "l".charCodeAt(0),
    KINDS.indexOf(message.kind) + 1,
    message.isOneWay === true ? NO_REPLY_EXPECTED : 0,
    PROTOCOL_VERSION,
    body.length,
    message.serial,
    fields,
  ]);
  return Buffer.concat([header, Buffer.alloc(padding(header.length)), body]);
}

/**
 * Takes bytes as they arrive, and returns the complete messages.
 *
 * @throws Error for anything that is not a D-Bus message; nothing after it can be read
 */
export function createMessageReader(): (chunk: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    for (;;) {
      const size = sizeOf(rest);
      if (size === undefined || rest.length < size) return messages;
      const message = parse(rest.subarray(0, size));
      if (message !== undefined) messages.push(message);
      rest = rest.subarray(size);
    }
  };
}

function padding(length: number): number {
  return (8 - (length % 8)) % 8;
}

function isLittleEndian(bytes: Buffer): boolean {
  const mark = bytes.toString("latin1", 0, 1);
  if (mark !== "l" && mark !== "B") throw new Error("The bytes are not a D-Bus message.");
  return mark === "l";
}

/** The size of the message in bytes; undefined if not yet known. */
function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const read = (at: number): number =>
    isLittleEndian(bytes) ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  const header = FIXED_BYTES + read(12);
  const size = header + padding(header) + read(4);
  if (size > LONGEST_MESSAGE) throw new Error(`A D-Bus message has ${size} bytes.`);
  return size;
}

/** The message; undefined for an unknown kind, which the specification says to ignore. */
function parse(bytes: Buffer): Message | undefined {
  const isLittle = isLittleEndian(bytes);
  const { values, end } = decode("yyyyuua(yv)", bytes, isLittle);
  const [, kindNumber, flags, , , serial, fields] = values;
  const kind = KINDS[Number(kindNumber) - 1];
  if (kind === undefined) return undefined;
  const message: Message = {
    kind,
    serial: Number(serial),
    signature: "",
    body: [],
    isOneWay: (Number(flags) & NO_REPLY_EXPECTED) !== 0,
  };
  for (const [code, held] of fields as [number, Variant][]) {
    const name = FIELDS.find(([known]) => known === code)?.[2];
    if (name !== undefined) Object.assign(message, { [name]: held.value });
  }
  const start = end + padding(end);
  message.body = decode(message.signature, bytes, isLittle, start).values;
  return message;
}
