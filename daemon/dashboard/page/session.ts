/**
 * The token of the running daemon. sessionStorage keeps it for this origin with its port and for this tab, so
 * a reload stays signed in and closing the tab signs out. Another tab of this origin gets it over a channel that
 * no other page can hear. A cookie would also be sent with requests that other pages cause.
 */
import { createStore } from "./store.ts";

export type SessionState = { is: "starting" } | { is: "in"; token: string } | { is: "out" };

const KEY = "agent-runner-token";
// Another tab answers within a few milliseconds.
const ASK_MS = 250;

export const session = createStore<SessionState>({ is: "starting" });
const tabs = new BroadcastChannel("agent-runner-session");

/** Signs in by the code in the address, by the token this tab kept, or by the token of another tab. */
export async function startSession(): Promise<void> {
  tabs.addEventListener("message", ({ data }: MessageEvent<unknown>) => onMessage(data));
  window.addEventListener("hashchange", () => void redeemFragment());
  if (await redeemFragment()) return;
  const token = sessionStorage.getItem(KEY);
  if (token !== null) return session.set({ is: "in", token });
  tabs.postMessage("who-is-in");
  setTimeout(() => {
    if (session.get().is === "starting") session.set({ is: "out" });
  }, ASK_MS);
}

/** Signs out, because the daemon no longer accepts this token: it was restarted. */
export function expire(token: string): void {
  const now = session.get();
  if (now.is !== "in" || now.token !== token) return;
  sessionStorage.removeItem(KEY);
  session.set({ is: "out" });
}

function enter(token: string): void {
  sessionStorage.setItem(KEY, token);
  session.set({ is: "in", token });
}

function onMessage(data: unknown): void {
  const state = session.get();
  if (data === "who-is-in" && state.is === "in") tabs.postMessage({ token: state.token });
  if (typeof data !== "object" || data === null || !("token" in data)) return;
  if (typeof data.token === "string" && state.is !== "in") enter(data.token);
}

/** Exchanges a code in the fragment for a token. The fragment is removed first, so that no history keeps it. */
async function redeemFragment(): Promise<boolean> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return false;
  history.replaceState(null, "", location.pathname + location.search);
  const answer = await fetch("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => undefined);
  if (answer?.ok !== true) return false;
  const { token } = (await answer.json()) as { token: string };
  enter(token);
  // Tabs that are signed out continue with it.
  tabs.postMessage({ token });
  return true;
}
