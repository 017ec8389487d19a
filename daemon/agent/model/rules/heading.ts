const ACTION_HEADING =
  /^(?:(?:open|my|our|new|the|all)\s+)?(?:actions|action\s+(?:items?|points?)|next\s+steps?|to[\s-]?dos?(?:\s+list)?|tasks(?:\s+list)?|task\s+list|follow[\s-]?ups?)(?:\s*(?:[:(–—-]|\b(?:for|from|until|by|this|next|today)\b).*)?$/iu;
const OTHER_HEADING =
  /\b(?:background|closed|completed|context|decisions?|discussion|done|finished|links|notes|questions?|references|resources)\b/iu;

/** Whether what stands under this heading is to be done: "Action items", "2. Next steps (Ann):". */
export function isActionHeading(heading: string): boolean {
  return ACTION_HEADING.test(heading.slice(0, 100).replace(/^[^\p{L}]+/u, ""));
}

/** Whether what stands under this heading is not to be done, even among actions: "Done", "Open questions". */
export function isOtherHeading(heading: string): boolean {
  return OTHER_HEADING.test(heading.slice(0, 100));
}
