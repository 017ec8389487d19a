/**
 * Proof that this address still belongs to the daemon that this tab signed in to. When the daemon ends, another
 * program may take its port: it must get neither the token nor what was typed.
 */

/** What an address answered: `gone` is a daemon that was started since, or another program. */
export type Answerer = "daemon" | "gone" | "silent";

const PROOF_MS = 10_000;

let asked: { token: string; answer: Promise<Answerer> } | undefined;

/**
 * Who answers at this address: it has to prove that it knows the token. Ask before each request, also while the stream
 * of events is open, since a browser notices a moment late that it ended. Calls at the same time share one question.
 */
export function askWhoAnswers(token: string): Promise<Answerer> {
  if (asked?.token === token) return asked.answer;
  const answer = ask(token).finally(() => (asked = undefined));
  asked = { token, answer };
  return answer;
}

async function ask(token: string): Promise<Answerer> {
  const nonce = crypto.randomUUID();
  try {
    const response = await fetch(`/api/health?nonce=${nonce}`, {
      signal: AbortSignal.timeout(PROOF_MS),
    });
    const text = await response.text();
    return text.includes(await sign(token, nonce)) ? "daemon" : "gone";
  } catch {
    return "silent";
  }
}

/** HMAC-SHA256 in hexadecimal digits, as `/api/health` answers it. */
async function sign(token: string, nonce: string): Promise<string> {
  const encoder = new TextEncoder();
  const method = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(token), method, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(nonce)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
