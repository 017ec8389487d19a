import { z } from "zod";
import { defineTool, type Tool } from "../tool.ts";

export const READ_WHOLE = "read_whole";

/**
 * Gives the whole text of a document of which only the changes were shown. The loop offers it in such jobs alone.
 *
 * @param text between its marks, as a prompt has it
 */
export function createReadWhole(text: string): Tool {
  return defineTool({
    name: READ_WHOLE,
    description:
      "Gives the whole document. Only where what changed cannot be understood without the rest.",
    arguments: z.object({}),
    run: () => ({ ok: true, text }),
  });
}
