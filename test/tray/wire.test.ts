import fc from "fast-check";
import { expect, test } from "vitest";
import { createMessageReader, encodeMessage, type Message } from "../../tray/dbus/message.ts";
import { splitSignature } from "../../tray/dbus/signature.ts";
import { decode, encode, type Value, variant } from "../../tray/dbus/wire.ts";

test.each<[string, Value[], string]>([
  ["y", [255], "ff"],
  ["yu", [1, 2], "0100000002000000"],
  ["s", ["ab"], "020000006162" + "00"],
  ["g", ["a{sv}"], "05617b73767d00"],
  ["v", [variant("u", 7)], "017500" + "00" + "07000000"],
  ["ai", [[1, -1]], "08000000" + "01000000" + "ffffffff"],
  ["a(y)", [[[1], [2]]], "09000000" + "00000000" + "01" + "00000000000000" + "02"],
  ["at", [[]], "00000000" + "00000000"],
  ["b", [true], "01000000"],
])("%s of %j is laid out as the specification says", (signature, values, hex) => {
  const bytes = encode(signature, values);
  expect(bytes.toString("hex")).toBe(hex);
  expect(decode(signature, bytes, true)).toEqual({ values, end: bytes.length });
});

test("a layout of a menu comes back as it was", () => {
  const values: Value[] = [
    1,
    [
      0,
      [["children-display", variant("s", "submenu")]],
      [variant("(ia{sv}av)", [1, [["enabled", variant("b", false)]], []])],
    ],
  ];
  const bytes = encode("u(ia{sv}av)", values);
  expect(decode("u(ia{sv}av)", bytes, true).values).toEqual(values);
});

test("bytes are a Buffer, and 64 bits a bigint", () => {
  const values: Value[] = [[[2, 2, Buffer.from([1, 2, 3])]], -5n, 1.5];
  const bytes = encode("a(iiay)xd", values);
  expect(decode("a(iiay)xd", bytes, true).values).toEqual(values);
});

test("a signature is split into its types", () => {
  expect(splitSignature("u(ia{sv}av)as")).toEqual(["u", "(ia{sv}av)", "as"]);
  expect(() => splitSignature("a")).toThrow("not a D-Bus signature");
  expect(() => splitSignature("(s")).toThrow("not a D-Bus signature");
  expect(() => splitSignature("a".repeat(200))).toThrow("too deep");
});

const call: Message = {
  kind: "call",
  serial: 7,
  path: "/a",
  interface: "b.c",
  member: "D",
  destination: "e.f",
  signature: "sa{sv}",
  body: ["é", [["k", variant("i", -1)]]],
  isOneWay: false,
};

test("messages come whole however their bytes are cut", () => {
  const stream = Buffer.concat([encodeMessage(call), encodeMessage({ ...call, serial: 8 })]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (cuts) => {
      const read = createMessageReader();
      const messages: Message[] = [];
      for (let at = 0, index = 0; at < stream.length; index += 1) {
        const size = cuts[index % cuts.length] ?? 1;
        messages.push(...read(stream.subarray(at, at + size)));
        at += size;
      }
      expect(messages).toEqual([call, { ...call, serial: 8 }]);
    }),
  );
});

test("what is no message, is too long or lies about its lengths is refused and never read beyond its end", () => {
  const bytes = encodeMessage(call);
  const long = Buffer.from(bytes);
  long.writeUInt32LE(0x7fff_ffff, 4);
  expect(() => createMessageReader()(long)).toThrow("bytes");
  expect(() => createMessageReader()(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))).toThrow(
    "not a D-Bus message",
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (edits) => {
        const broken = Buffer.from(bytes);
        for (const [at, value] of edits) broken[at] = value;
        const outcome = readAll(broken);
        const isSound =
          outcome instanceof Error ||
          outcome.every(({ kind }) => ["call", "reply", "error", "signal"].includes(kind));
        expect(isSound).toBe(true);
      },
    ),
  );
});

function readAll(bytes: Buffer): Message[] | Error {
  try {
    return createMessageReader()(bytes);
  } catch (error) {
    return error as Error;
  }
}
