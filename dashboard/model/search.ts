/** Which channels a search finds. Pure. */

export interface Found {
  readonly names: readonly string[];
  /** How many fit in all, those that are not listed too. */
  readonly total: number;
}

/**
 * Names that contain every word, in any case; those that begin with the first word come first. At most `most`
 * are listed.
 */
export function searchChannels(names: readonly string[], text: string, most: number): Found {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [first = ''] = words;
  const fitting = names.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
  const begins = fitting.filter((name) => name.toLowerCase().startsWith(first));
  const others = fitting.filter((name) => !name.toLowerCase().startsWith(first));
  return { names: [...begins, ...others].slice(0, most), total: fitting.length };
}
