/** The states of the icon. Each has its own shape, so that no user must distinguish colours. */
export const ICON_STATES = ["idle", "working", "paused", "attention", "down"] as const;
export type IconState = (typeof ICON_STATES)[number];

/** Visible on light and dark panels: a contrast of at least 3:1 on both (WCAG 2.2, 1.4.11). */
export const COLOURS: Readonly<Record<IconState, readonly [number, number, number]>> = {
  idle: [38, 145, 75],
  working: [28, 126, 214],
  paused: [176, 124, 8],
  attention: [224, 62, 36],
  down: [125, 133, 141],
};

/** Whether the icon covers a point; its centre is at 0, 0 and its edge at 1. */
export function covers(state: IconState, x: number, y: number): boolean {
  const radius = Math.hypot(x, y);
  if (radius > 0.95) return false;
  return radius > 0.72 || hasSign(state, x, y, radius);
}

function hasSign(state: IconState, x: number, y: number, radius: number): boolean {
  switch (state) {
    case "idle":
      return radius < 0.4;
    case "working":
      return x > -0.28 && x < 0.48 && Math.abs(y) < (0.45 * (0.48 - x)) / 0.76;
    case "paused":
      return Math.abs(Math.abs(x) - 0.22) < 0.12 && Math.abs(y) < 0.42;
    case "attention":
      return Math.abs(x) < 0.13 && ((y > -0.52 && y < 0.14) || (y > 0.28 && y < 0.52));
    case "down":
      return Math.abs(x + y) < 0.18;
  }
}
