/** How a person calls the program. Every command that the page shows begins with this. */
export const CALL =
  document.querySelector<HTMLMetaElement>('meta[name="call"]')?.content ?? "agent-runner";
