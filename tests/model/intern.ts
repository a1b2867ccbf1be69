/**
 * Keeps one copy of each value and gives it a number, so that states are compared by a few numbers and share their parts. Values are
 * compared as JSON and must not be changed afterwards.
 */

const numbers = new Map<object, number>();
const copies = new Map<string, object>();
/** By JSON, and by the keys of `onlyOf`, which are none. */
const numbersOfTexts = new Map<string, number>();

/** Frees what earlier searches have kept. */
export function forgetAll(): void {
  numbers.clear();
  copies.clear();
  numbersOfTexts.clear();
}

/** The one copy of a value. */
export function only<T extends object>(value: T): T {
  if (numbers.has(value)) return value;
  const text = JSON.stringify(value);
  return onlyOf(text, () => value);
}

/** Whether it is the one copy already. */
export function isOnly(value: object): boolean {
  return numbers.has(value);
}

/** The one value with this key, a text that says all of it. */
export function onlyOf<T extends object>(key: string, make: () => T): T {
  const known = copies.get(key);
  // The same text, so of the same type.
  if (known) return known as T;
  const value = make();
  copies.set(key, value);
  numbers.set(value, numberOfText(key));
  return value;
}

/** The same number for values that are equal as JSON. */
export function numberOf(value: unknown): number {
  if (typeof value === 'object' && value !== null) {
    const number = numbers.get(value);
    if (number !== undefined) return number;
  }
  return numberOfText(JSON.stringify(value) ?? 'undefined');
}

function numberOfText(text: string): number {
  const known = numbersOfTexts.get(text);
  if (known !== undefined) return known;
  numbersOfTexts.set(text, numbersOfTexts.size);
  return numbersOfTexts.size - 1;
}
