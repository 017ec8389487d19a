/** The forms in which a text may hold these secrets, the longest first: as it is, and as URLs, JSON and base64 write it. */
export function formsOf(secrets: Iterable<string>): string[] {
  const forms = [...secrets].flatMap((secret) => {
    const well = secret.toWellFormed();
    return [
      secret,
      encodeURIComponent(well),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(well)
        .toString("base64")
        .replace(/={1,2}$/, ""),
      Buffer.from(well).toString("base64url"),
    ];
  });
  // A secret that is part of another must not split the other.
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}

/** The text with every form of four or more characters replaced. @param forms see {@link formsOf} */
export function redact(text: string, forms: Iterable<string>): string {
  let clean = text;
  for (const form of forms) {
    if (form.length >= 4) clean = clean.replaceAll(form, "[redacted]");
  }
  return clean;
}
