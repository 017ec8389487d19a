/** The APIs by which a server gives replies. */
export type Api = "chat" | "responses";

/** A reply of the scripted server, in as few words as the test needs. */
export interface ScriptedReply {
  content?: unknown;
  /** Arguments that are no text yet become JSON. */
  calls?: readonly { name: string; arguments: unknown }[];
  usage?: object | null | undefined;
  finish_reason?: string | null;
  /** More fields of the message, or others in place of these; chat only. */
  message?: Record<string, unknown>;
  /** Output items before the message and the calls; Responses only. */
  thoughts?: readonly Record<string, unknown>[];
}
