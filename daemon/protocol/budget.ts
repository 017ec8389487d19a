/** One limit on requests. */
export interface Allowance {
  /** The requests that count: of all agents together, or of one. */
  of: "all" | "agent";
  /** In a local day, or in one run. */
  per: "day" | "run";
  unit: "requests" | "tokens" | "usd";
  limit: number;
}

/** The most that one request may use. */
export interface Reservation {
  /** Tokens, in and out. */
  tokens: number;
  /** US dollars; null: the price is not known. */
  usd: number | null;
}

/** The keys of a budget as the config has them. */
export function budgetKey({ unit, per }: Pick<Allowance, "unit" | "per">): string {
  return `${unit}_per_${per}`;
}
