/** Times of RFC 3339, as 2026-01-31T12:00:00Z. */

const FORM = /^(\d{4}-\d\d-\d\d)[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

export function isRfc3339(text: string): boolean {
  const day = FORM.exec(text)?.[1];
  // The 30th of February is taken for one of March.
  return day !== undefined && !Number.isNaN(Date.parse(text)) && new Date(day).toISOString().startsWith(day);
}
