/**
 * Short random ids for readers and for published events. Not secret: two of them must merely never be equal by
 * accident. Pure: chance is an argument, for tests, and because `crypto.randomUUID` is missing on plain http pages.
 */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** 36 ** 16 is about 2 ** 82. */
const LENGTH = 16;

/** 16 characters of `[a-z0-9]`: a valid client id and a valid event id. */
export function makeId(random: () => number): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
}
