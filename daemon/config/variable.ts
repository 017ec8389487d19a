/** The variables of the environment, over the variables of secrets.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Filled {
  /** The text with every set variable replaced by its value. */
  text: string;
  /** Names without a value; an empty value counts as unset. */
  unset: string[];
  /** The values that were filled in. */
  values: string[];
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Fills each `${NAME}` of a text. Values are not filled again. */
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

/** Whether a text contains a variable. */
export function hasVariable(text: string): boolean {
  return text.search(VARIABLE) >= 0;
}

/** Whether a text has a `${` that is not a `${NAME}`. */
export function hasBrokenVariable(text: string): boolean {
  return withoutVariables(text).includes("${");
}

/** The text without its variables. */
export function withoutVariables(text: string): string {
  return text.replace(VARIABLE, "");
}
