const isPackage = import.meta.url.endsWith(".js");

/**
 * How a person calls the program: an installed package is on the PATH, a clone needs npx. Every message with a command
 * begins the command with this.
 */
export const CALL = isPackage ? "agent-runner" : "npx --no agent-runner";
