/** Short random ids for published events. Not secret: two of them must merely never be equal by accident. */

/** Up to 16 digits, 2 ** 53 of them. Not `crypto.randomUUID`, which is missing on plain http pages. */
export function makeId(random: () => number): string {
  return String(random()).slice(2);
}
