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
}

/** Begins without codes. They are only in memory: a restart ends them, as it ends the token. */
export function createSessionCodes(clock: Clock): SessionCodes {
  const expiryByCode = new Map<string, number>();
  const dropExpired = (): void => {
    for (const [code, expiresAt] of expiryByCode) {
      if (expiresAt <= clock.now()) expiryByCode.delete(code);
    }
  };
  return {
    issue() {
      dropExpired();
      const code = randomBytes(32).toString("base64url");
      expiryByCode.set(code, clock.now() + LIFETIME_MS);
      return code;
    },
    redeem(code) {
      dropExpired();
      return expiryByCode.delete(code);
    },
  };
}
