/** Which rows of a long table are in sight. Pure. */

export interface Window {
  /** The first row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Rows drawn above and below what is in sight, so that a turn of the wheel finds them there. */
const OVERSCAN = 8;

export function windowOf(view: {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly rows: number;
}): Window {
  const { scrollTop, height, rowHeight, rows } = view;
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const first = Math.max(0, Math.min(top, rows) - OVERSCAN);
  return { first, end: Math.min(rows, top + Math.ceil(height / rowHeight) + OVERSCAN) };
}
