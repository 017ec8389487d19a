/**
 * What a person typed and no answer of the daemon has confirmed yet. The daemon may be restarted meanwhile: then
 * this tab can't save it any more, and shows it to be copied.
 */
export interface TypedText {
  /** The name of the field. */
  label: string;
  text: string;
}

interface Entry extends TypedText {
  field: TextField;
  /** The page changed the field since; what is typed next is another text. */
  isOver: boolean;
}

type TextField = HTMLInputElement | HTMLTextAreaElement;

const NO_TEXT = new Set(["checkbox", "radio", "file", "password"]);

let entries: Entry[] = [];

/** Follows every text field of the page. */
export function startTypedText(): void {
  document.addEventListener("beforeinput", ({ target }) => {
    const entry = entries.find(({ field, isOver }) => field === target && !isOver);
    if (entry !== undefined && entry.field.value !== entry.text) entry.isOver = true;
  });
  // Before the page's own listeners, which may empty the field.
  document.addEventListener("input", ({ target }) => isTextField(target) && note(target), true);
}

/** What was typed on this page of the dashboard and not saved, in the order it was begun. */
export function readTypedText(): readonly TypedText[] {
  return entries
    .filter(({ text }) => text.trim() !== "")
    .map(({ label, text }) => ({ label, text }));
}

/** Forgets everything: another page of the dashboard is shown. */
export function forgetTypedText(): void {
  entries = [];
}

/** Forgets what the daemon accepted. */
export function forgetSent(body: unknown): void {
  const sent = listTexts(body);
  entries = entries.filter(({ text }) => !sent.some((one) => one.includes(text.trim())));
}

function note(field: TextField): void {
  const text = field.value;
  const entry = entries.find((one) => one.field === field && !one.isOver);
  if (entry === undefined) entries.push({ field, label: nameOf(field), text, isOver: false });
  else entry.text = text;
}

function isTextField(target: EventTarget | null): target is TextField {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !NO_TEXT.has(target.type);
}

function nameOf(field: TextField): string {
  const [label] = field.labels ?? [];
  const shown = label?.querySelector("span")?.firstChild ?? label?.firstChild;
  const names = [field.ariaLabel, shown?.textContent, field.placeholder];
  return names.find((name) => name !== null && name !== undefined && name.trim() !== "") ?? "Text";
}

function listTexts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.values(value).flatMap(listTexts);
}
