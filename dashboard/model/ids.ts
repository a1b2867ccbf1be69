/** Short random ids for published events. Not secret: two of them must merely never be equal by accident. */

/** Up to 16 digits, 2 ** 53 of them. Not `crypto.randomUUID`, which is missing on plain http pages. */
export function makeId(random: () => number): string {
  return String(random()).slice(2);
}

/** A name for everybody who has this token, that does not hold it (cyrb53's two halves of 32 bits; no secret, a mere name). */
export function groupOf(token: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}
