const ACTION_HEADING =
  /^(?:(?:open|outstanding|remaining|my|our|new|the|all)\s+)?(?:actions|action\s+(?:items?|points?)|next(?:\s+(?:steps?|actions?))?|doing|in\s+progress|some\s?day(?:\s*\/\s*maybe)?|to[\s-]?dos?(?:\s+list)?|things\s+to\s+do|tasks(?:\s+list)?|task\s+list|work\s+packages|follow[\s-]?ups?|(?:top|big)\s+(?:three|five|\d)(?:\s+(?:tasks|things|priorities))?|tomorrow|next\s+week(?:end)?|errands|shopping(?:\s+list)?|groceries|reminders|(?:things\s+)?to\s+(?:ask|buy|call|check|fix|get|pack|read|send)|who\s+does\s+what|what(?:['’]s|\s+is|\s+comes|\s+happens)\s+next|what\s+(?:i|we|you)\s+(?:have|must|need)\b(?:\s+(?:to\s+do|from))?)(?:\s*(?:[:(–—-]|\d|\b(?:for|from|until|by|this|next|today|tomorrow|you|now)\b).*)?$/iu;
const OTHER_HEADING =
  /\b(?:background|blocked|blockers|closed|completed|context|decisions?|delegated|discussion|done|finished|good\s+to\s+know|information|links|not|notes|on\s+hold|(?:opening\s+)?hours|out\s+of\s+scope|questions?|references|resources|risks?|waiting(?:\s+(?:for|on))?)\b/iu;
const LOW_HEADING =
  /^(?:some\s?day(?:\s*\/\s*maybe)?|backlog|nice[\s-]to[\s-]have|low(?:\s+|-)prio(?:rity)?)\b/iu;
const HIGH_HEADING = /^(?:urgent|asap|(?:high|top)(?:\s+|-)prio(?:rity)?|important)\W*$/iu;

// "Kitchen - todo", "Garden: to do".
const ENDS_IN_TODO = /\s*[-–—:]\s*to[\s-]?dos?\s*:?$/iu;

/** Whether the lines under this heading are to be done: "Action items", "2. Next steps (Ann):", "Kitchen - todo". */
export function isActionHeading(heading: string): boolean {
  const text = heading.slice(0, 100).replace(/^[^\p{L}]+/u, "");
  return ACTION_HEADING.test(text) || ENDS_IN_TODO.test(text);
}

/** Whether the lines under this heading are not to be done, even among actions: "Done", "Open questions". */
export function isOtherHeading(heading: string): boolean {
  return OTHER_HEADING.test(heading.slice(0, 100));
}

/** The priority of the tasks under this heading: low for "Someday", high for "Urgent", else undefined. */
export function priorityOfHeading(heading: string): "low" | "high" | undefined {
  const text = heading.slice(0, 100).replace(/^[^\p{L}]+/u, "");
  return LOW_HEADING.test(text) ? "low" : HIGH_HEADING.test(text) ? "high" : undefined;
}
