import { expect, test } from "vitest";
import { findPrice, findPricing } from "../../daemon/agent/model/price.ts";

const OPENAI = "https://api.openai.com/v1";
const MILLION = 1_000_000;
const input = (tokens: number, cached = 0) => ({
  input_tokens: tokens,
  cached_input_tokens: cached,
  output_tokens: 0,
});

function find(
  base_url: string,
  name: string,
  price: Parameters<typeof findPricing>[0]["price"] = null,
) {
  return findPricing({ base_url, name, price });
}

test("the price of the config counts at any address", () => {
  const price = {
    input_usd_per_million: 2,
    cached_input_usd_per_million: 0.5,
    output_usd_per_million: 10,
  };
  const pricing = find("http://127.0.0.1:1234/v1", "mine", price);
  expect(pricing?.source).toBe("config");
  const usage = { ...input(MILLION, MILLION / 2), output_tokens: MILLION };
  expect(pricing?.costOf(usage)).toBe(1 + 0.25 + 10);
  expect(find(OPENAI, "gpt-4.1", price)?.source).toBe("config");
  const free = { input_usd_per_million: 0, output_usd_per_million: 0 };
  expect(find(OPENAI, "gpt-4.1", free)?.costOf(input(MILLION))).toBe(0);
});

test("a provider's public price holds at its own address, with cached input cheaper", () => {
  const pricing = find(OPENAI, "gpt-4.1");
  expect(pricing?.source).toBe("public");
  const fresh = pricing?.costOf(input(MILLION)) ?? 0;
  expect(fresh).toBeGreaterThan(0);
  expect(pricing?.costOf(input(MILLION, MILLION))).toBeLessThan(fresh);
});

test.each([
  ["a proxy", "https://proxy.example/v1", "gpt-4.1"],
  ["a server on this machine", "http://127.0.0.1:4000/v1", "gpt-4.1"],
  ["an unknown model of a known provider", OPENAI, "no-such-model"],
])("the price of %s is unknown, and never taken for zero", (_name, base_url, name) => {
  expect(find(base_url, name)).toBeNull();
});

test("a known price is given per million tokens of short requests", () => {
  const price = { input_usd_per_million: 2, output_usd_per_million: 10 };
  expect(findPrice({ base_url: "http://127.0.0.1:1234/v1", name: "mine", price })).toEqual(price);
  expect(findPrice({ base_url: OPENAI, name: "gpt-4.1", price: null })).toEqual({
    input_usd_per_million: expect.closeTo(2),
    output_usd_per_million: expect.closeTo(8),
  });
  expect(findPrice({ base_url: "http://127.0.0.1:1234/v1", name: "mine", price: null })).toBeNull();
});
