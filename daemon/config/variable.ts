/** Names and values of the environment, with those of secrets.env beneath. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Filled {
  /** The text with every variable that is set replaced by its value; the others stay as they are. */
  text: string;
  /** Names without a value; an empty value counts as none. */
  unset: string[];
  /** What was filled in. */
  values: string[];
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Fills each `${NAME}` of a text, once: what a value holds is not filled again. */
export function fillVariables(text: string, env: Environment): Filled {
  const unset: string[] = [];
  const values: string[] = [];
  const filled = text.replace(VARIABLE, (whole, name: string) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (!value) {
      unset.push(name);
      return whole;
    }
    values.push(value);
    return value;
  });
  return { text: filled, unset, values };
}

/** Whether a text names a variable. */
export function hasVariable(text: string): boolean {
  return text.search(VARIABLE) >= 0;
}

/** Whether a text has a `${` that is not a `${NAME}`. */
export function hasBrokenVariable(text: string): boolean {
  return withoutVariables(text).includes("${");
}

/** What of a text is no variable. */
export function withoutVariables(text: string): string {
  return text.replace(VARIABLE, "");
}
