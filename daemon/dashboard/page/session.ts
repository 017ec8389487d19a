/**
 * The token of the running daemon. sessionStorage keeps it for this origin and this tab, so a reload stays signed in
 * and closing the tab signs out. The origin is new at every start of the daemon, so no other program has a page at
 * it. Another tab of it asks over a channel, and a tab that is signed in answers with a code, never with the token.
 * A cookie would also be sent with requests that other pages cause.
 */
import { askWhoAnswers } from "./proof.ts";
import { createStore } from "./store.ts";
import { readTypedText, type TypedText } from "./typed-text.ts";

export type SessionState =
  | { is: "starting" }
  | { is: "in"; token: string }
  | { is: "out"; typed: readonly TypedText[] };

/** Between the tabs: one asks for a code, another one answers it; and one is signed in now. */
type Message = { ask: string } | { to: string; code: string } | "in";

const KEY = "agent-runner-token";
// Another tab answers sooner, unless it is busy. A later answer signs in too.
const ASK_MS = 500;

export const session = createStore<SessionState>({ is: "starting" });
const tabs = new BroadcastChannel("agent-runner-codes");
const me = crypto.randomUUID();

/** Calls back now, and at each sign-in and sign-out. @param onToken "": signed out */
export function followToken(onToken: (token: string) => void): void {
  let known: string | undefined;
  const check = (): void => {
    const state = session.get();
    const token = state.is === "in" ? state.token : "";
    if (token === known) return;
    known = token;
    onToken(token);
  };
  session.follow(check);
  check();
}

/** Signs in by the code in the address, by the token this tab kept, or by a code from another tab. */
export async function startSession(): Promise<void> {
  tabs.addEventListener("message", ({ data }: MessageEvent<Message>) => void onMessage(data));
  window.addEventListener("hashchange", () => void redeemFragment());
  if (await redeemFragment()) return;
  const token = sessionStorage.getItem(KEY);
  if (token !== null) return session.set({ is: "in", token });
  say({ ask: me });
  setTimeout(() => {
    if (session.get().is === "starting") session.set({ is: "out", typed: [] });
  }, ASK_MS);
}

/** Signs out, because the daemon that this token is for ended. What was typed is kept. */
export function expire(token: string): void {
  const now = session.get();
  if (now.is !== "in" || now.token !== token) return;
  sessionStorage.removeItem(KEY);
  session.set({ is: "out", typed: readTypedText() });
}

const say = (message: Message): void => tabs.postMessage(message);

async function onMessage(message: Message): Promise<void> {
  const state = session.get();
  if (state.is === "in") {
    if (message !== "in" && "ask" in message) await giveCode(message.ask, state.token);
  } else if (message === "in") say({ ask: me });
  else if ("to" in message && message.to === me) await redeem(message.code);
}

async function giveCode(to: string, token: string): Promise<void> {
  if ((await askWhoAnswers(token)) !== "daemon") return;
  const answer = await fetch("/api/session-codes", {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => undefined);
  if (answer?.ok !== true) return;
  const { code } = (await answer.json()) as { code: string };
  say({ to, code });
}

/** Uses a code in the fragment. The fragment is removed first, so that no history keeps it. */
async function redeemFragment(): Promise<boolean> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return false;
  history.replaceState(null, "", location.pathname + location.search);
  return redeem(code);
}

/** Exchanges a code for the token. */
async function redeem(code: string): Promise<boolean> {
  const answer = await fetch("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => undefined);
  if (answer?.ok !== true) return false;
  const { token } = (await answer.json()) as { token: string };
  sessionStorage.setItem(KEY, token);
  session.set({ is: "in", token });
  // Tabs that are signed out ask again.
  say("in");
  return true;
}
