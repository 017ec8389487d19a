/** The form of config.yaml, whose drafts may hold keys. */
export const CONFIG_FORM = { page: "/settings", form: "config.yaml" } as const;
