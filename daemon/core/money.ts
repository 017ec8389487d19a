/** What requests cost, in three words. The same figures everywhere: status, usage, runs, messages. */
export interface Money {
  /** US dollars of the requests whose cost is known. */
  spent_usd: number;
  /** US dollars that the other requests may have cost at most, where they have a price. */
  reserved_usd: number;
  /** Requests that reported no usage, or have no price. */
  unknown_requests: number;
}

/** `$0.26`; an amount below a cent has four digits, so that it is not shown as nothing. */
export function sayUsd(usd: number): string {
  return `$${usd.toFixed(usd === 0 || usd >= 0.01 ? 2 : 4)}`;
}

/** `$0.26 spent, $0.70 reserved, 5 requests unknown`: what is zero is left out, except for what is spent. */
export function sayMoney({ spent_usd, reserved_usd, unknown_requests }: Money): string {
  const many = unknown_requests === 1 ? "request" : "requests";
  return [
    `${sayUsd(spent_usd)} spent`,
    ...(reserved_usd > 0 ? [`${sayUsd(reserved_usd)} reserved`] : []),
    ...(unknown_requests > 0 ? [`${unknown_requests} ${many} unknown`] : []),
  ].join(", ");
}
