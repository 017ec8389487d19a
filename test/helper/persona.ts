import { type RecordedRequest, reply, type Script, type Step } from "./scripted-server.ts";

/** A provider or server as its documents and reports describe it: how it answers chat completions. */
export interface Persona {
  name: string;
  /** Where this behaviour is described. */
  source: string;
  /** Starts it afresh. */
  script(): Exclude<Script, readonly Step[]>;
  /** What it answers to other paths. */
  pages?: Readonly<Record<string, unknown>>;
}

export const CALL = { name: "create_note", arguments: { title: "Plan" } };

/** Calls the tool once, and ends when it was answered. */
export function work(request: RecordedRequest, message: Record<string, unknown> = {}): Step {
  const isAnswered = request.body.messages.some(({ role }) => role === "tool");
  return isAnswered
    ? reply({ content: "Done." })
    : reply({ calls: [CALL], ...(Object.keys(message).length > 0 && { message }) });
}

/** Answers every request alike. */
export function always(step: Step): Persona["script"] {
  return () => () => step;
}

/** Refuses a request that has one of these fields with the answer for it, and does the work else. */
export function refusing(
  fields: Readonly<Record<string, (field: string) => Step>>,
): Persona["script"] {
  return () => (request) => {
    const sent = Object.keys(request.body);
    const [field, answer] = Object.entries(fields).find(([name]) => sent.includes(name)) ?? [];
    return field === undefined || answer === undefined ? work(request) : answer(field);
  };
}

export const openAiError = (message: string, more: object = {}) => ({
  error: { message, type: "invalid_request_error", param: null, code: null, ...more },
});
