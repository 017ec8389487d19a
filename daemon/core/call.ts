const isPackage = import.meta.url.endsWith(".js");

/**
 * How a person calls the program: a package that npm installed is on the PATH, a clone is called through
 * npx. Every message that names a command begins it with this.
 */
export const CALL = isPackage ? "agent-runner" : "npx --no agent-runner";
