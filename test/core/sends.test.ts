import { expect, test } from "vitest";
import fc from "fast-check";
import {
  covers,
  type Destination,
  destinationOf,
  mayReceive,
  parseHost,
  type Sends,
} from "../../daemon/core/sends.ts";

const to = (url: string, passes_on: boolean | null = null): Destination => {
  const found = destinationOf(url, passes_on);
  if (found === undefined) throw new Error(url);
  return found;
};

const OPENAI = to("https://api.openai.com/v1");
const LAN = to("http://192.168.1.7:8000/v1");
const LOCAL = to("http://127.0.0.1:11434/v1", false);
const NAMED = to("http://LocalHost:11434/v1", false);
const V6 = to("http://[::1]:8080/v1", false);
const RELAY = to("http://localhost:4000/v1", true);
const UNASKED = to("http://127.0.0.1:4000/v1", null);
// It reaches this machine, and says nothing of that.
const ANY_ADDRESS = to("http://0.0.0.0:11434/v1");

const TABLE: [Sends, Destination, boolean][] = [
  ["any", OPENAI, true],
  ["any", RELAY, true],
  ["any", UNASKED, true],
  ["never", OPENAI, false],
  ["never", LOCAL, false],
  ["loopback", LOCAL, true],
  ["loopback", NAMED, true],
  ["loopback", V6, true],
  ["loopback", OPENAI, false],
  ["loopback", LAN, false],
  ["loopback", ANY_ADDRESS, false],
  ["loopback", RELAY, false],
  ["loopback", UNASKED, false],
  [["api.openai.com"], OPENAI, true],
  [["API.OpenAI.com"], OPENAI, true],
  [["api.openai.com:443"], OPENAI, true],
  [["api.openai.com:8443"], OPENAI, false],
  [["openai.com"], OPENAI, false],
  [["api.openai.com.example.org"], OPENAI, false],
  [["api.openai.com"], to("https://api.openai.com.example.org/v1"), false],
  [["api.openai.com"], to("https://api.openai.com./v1"), false],
  [["api.openai.com"], to("https://example.org/api.openai.com"), false],
  [["192.168.1.7"], LAN, true],
  [["192.168.1.7:8000"], LAN, true],
  [["192.168.1.7:80"], LAN, false],
  [["api.openai.com", "localhost"], NAMED, true],
  [["localhost"], LOCAL, false],
  [["localhost"], RELAY, false],
  [["127.0.0.1:4000"], UNASKED, false],
  [["::1"], V6, true],
  [["[::1]:8080"], V6, true],
  [["[::1]:81"], V6, false],
];

test("what a place says decides where what came from it may go", () => {
  for (const [sends, destination, expected] of TABLE) {
    expect(
      { sends, destination, may: mayReceive(sends, destination) },
      JSON.stringify([sends, destination]),
    ).toEqual({ sends, destination, may: expected });
  }
});

test("a host is a name or an address, with or without a port, and nothing else", () => {
  expect(parseHost("Api.OpenAI.com")).toEqual({ host: "api.openai.com", port: null });
  expect(parseHost("::1")).toEqual({ host: "[::1]", port: null });
  expect(parseHost("bücher.example:81")).toEqual({ host: "xn--bcher-kva.example", port: 81 });
  for (const wrong of [
    "https://api.openai.com",
    "api.openai.com/v1",
    "*.openai.com",
    "me@api.openai.com",
    "a b",
    "",
    "host:99999",
    "host:port",
    "any:",
  ]) {
    expect(parseHost(wrong), wrong).toBeUndefined();
  }
});

const HOSTS = [
  "api.openai.com",
  "api.openai.com:443",
  "localhost",
  "localhost:4000",
  "::1",
  "10.0.0.1",
];
const sends: fc.Arbitrary<Sends> = fc.oneof(
  fc.constantFrom("any" as const, "loopback" as const, "never" as const),
  fc.subarray(HOSTS, { minLength: 1 }),
);
const DESTINATIONS = [
  OPENAI,
  LAN,
  LOCAL,
  NAMED,
  V6,
  RELAY,
  UNASKED,
  ANY_ADDRESS,
  to("http://localhost:4000/v1", false),
];

test("what covers another setting allows all that the other allows", () => {
  fc.assert(
    fc.property(sends, sends, fc.constantFrom(...DESTINATIONS), (wide, narrow, destination) => {
      fc.pre(covers(wide, narrow) && mayReceive(narrow, destination));
      expect(mayReceive(wide, destination)).toBe(true);
    }),
  );
});
