import { CALL } from "../core/call.ts";

/** The line for a config without agents. */
export const NO_AGENTS = `The config has no agents. Add one with \`${CALL} init\`.`;
