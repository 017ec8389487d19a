// Reserved for the user, and for agents that are not in a config.
const RESERVED = /^(user|adhoc.*)?$/u;

/** A free id for an agent of this name: `Meeting Notes` gives `meeting-notes`. */
export function toAgentId(name: string, taken: readonly string[]): string {
  const letters = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const slug = letters
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-+|-+$/gu, "")
    .slice(0, 40);
  const base = RESERVED.test(slug) ? "agent" : slug;
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
