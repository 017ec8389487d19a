const MARKS: readonly RegExp[] = [
  // ChatML, Llama 3, gpt-oss; with a wide bar, DeepSeek.
  /<([|\uff5c])/gu,
  // Hermes and Qwen; Gemma; Llama 2 and Mistral.
  /<(\/?(?:tool_call|tool_response|tools|think|system|assistant|user|start_of_turn|end_of_turn|bos|eos|s)>)/giu,
  // Qwen Coder.
  /<(\/?(?:function|parameter)[=>])/giu,
  // Mistral; LM Studio.
  /\[(\/?(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT|(?:END_)?TOOL_REQUEST)\])/gu,
];

/**
 * Puts a space into the control marks of chat templates, so that no text of a document, and no title made
 * from one, can end the message it is part of. JSON stays valid JSON.
 */
export function disarm(text: string): string {
  return MARKS.reduce(
    (safe, mark) => safe.replaceAll(mark, (found, rest: string) => `${found.charAt(0)} ${rest}`),
    text,
  );
}
