import { Writable } from "node:stream";
import { createOutput, type Output, type Sink } from "../../daemon/cli/output.ts";

/** An output that keeps what it prints. */
export interface CapturedOutput {
  output: Output;
  stdout: () => string;
  stderr: () => string;
}

/** `isTTY` and `columns` as the streams of a terminal have them. */
export function captureOutput(
  options: { json?: boolean; isTTY?: boolean; columns?: number } = {},
): CapturedOutput {
  const { json = false, ...terminal } = options;
  const [stdout, stderr] = [captureStream(terminal), captureStream(terminal)];
  return {
    output: createOutput({ json, stdout: stdout.stream, stderr: stderr.stream }),
    stdout: stdout.read,
    stderr: stderr.read,
  };
}

function captureStream(terminal: { isTTY?: boolean; columns?: number }): {
  stream: Sink;
  read: () => string;
} {
  let text = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, written) {
      text += String(chunk);
      written();
    },
  });
  return { stream: Object.assign(stream, terminal), read: () => text };
}
