import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";

// Long enough for a browser to start, short enough to be useless in its history.
const LIFETIME_MS = 60_000;

/** Single-use codes that a page exchanges for the token, so that no URL contains the token. */
export interface SessionCodes {
  /** A new code, valid once and for a minute. */
  issue(): string;
  /** Whether the code was valid; it no longer is. */
  redeem(code: string): boolean;
  /** Ends all codes. */
  close(): void;
}

/**
 * Begins without codes. They are only in memory: a restart ends them, as it ends the token.
 *
 * @param onEnded called with each code that was used or is too old
 */
export function createSessionCodes(
  clock: Clock,
  onEnded: (code: string) => void = () => {},
): SessionCodes {
  const expiryByCode = new Map<string, number>();
  const closing = new AbortController();
  const end = (code: string): boolean => {
    const isValid = expiryByCode.delete(code);
    if (isValid) onEnded(code);
    return isValid;
  };
  return {
    issue() {
      const code = randomBytes(32).toString("base64url");
      expiryByCode.set(code, clock.now() + LIFETIME_MS);
      clock.sleep(LIFETIME_MS, closing.signal).then(
        () => end(code),
        () => {},
      );
      return code;
    },
    redeem(code) {
      // Not left to the timer alone, which may rest while the machine sleeps.
      const isInTime = (expiryByCode.get(code) ?? 0) > clock.now();
      return end(code) && isInTime;
    },
    close() {
      closing.abort();
      for (const code of expiryByCode.keys()) end(code);
    },
  };
}
