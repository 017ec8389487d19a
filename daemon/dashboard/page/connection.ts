/** Whether the stream of events is open. */
import { createStore } from "./store.ts";

export type Connection = "connecting" | "live" | "lost" | "resting";
export const connection = createStore<Connection>("connecting");
