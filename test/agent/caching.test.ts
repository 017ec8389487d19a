import { expect, test } from "vitest";
import { isUncached, learnCaching, NOTHING_CACHED } from "../../daemon/agent/model/caching.ts";

type Reply = [input: number, cached: number, sinceReplyMs: number | undefined];

function learn(replies: readonly Reply[]) {
  return replies.reduce(
    (known, [input_tokens, cached_input_tokens, since]) =>
      learnCaching(known, { input_tokens, cached_input_tokens, output_tokens: 9 }, since),
    NOTHING_CACHED,
  );
}

const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);

test.each<[string, Reply[], boolean]>([
  ["no reply yet", [], false],
  ["one without a cached token", times(1, [2_000, 0, 100]), false],
  ["eight in a row without one", times(8, [2_000, 0, 100]), true],
  ["short prompts, which no provider caches", times(20, [1_000, 0, 100]), false],
  ["prompts too far apart to be kept", times(20, [2_000, 0, 600_000]), false],
  ["first prompts of a process", times(20, [2_000, 0, undefined]), false],
  ["one cached, once", [...times(7, [2_000, 0, 100]), [2_000, 1_024, 100]], false],
  ["one cached, then none", [[2_000, 1_024, 100], ...times(20, [2_000, 0, 100])], false],
  ["one cached after all", [...times(9, [2_000, 0, 100]), [2_000, 1_024, 100]], false],
])("an endpoint has no cache after %s: %j", (_, replies, expected) => {
  expect(isUncached(learn(replies))).toBe(expected);
});
