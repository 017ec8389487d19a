import { isAbort } from "./errors.ts";

/**
 * Starts work that goes on until it is disposed; disposing waits for its end.
 *
 * @param work ends with an AbortError once the signal aborts; any other error is a bug, and ends the process
 */
export function startLoop(work: (signal: AbortSignal) => Promise<never>): AsyncDisposable {
  const stopping = new AbortController();
  const ended = work(stopping.signal).catch((thrown: unknown) => {
    if (!isAbort(thrown)) throw thrown;
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}
