/**
 * Keeps one copy of each value and gives it a number, so that states are compared by a few numbers and share their parts. Values are
 * compared as JSON and must not be changed afterwards.
 */

const numbers = new Map<object, number>();
const byText = new Map<string, object>();
const texts = new Map<string, number>();

/** Frees what earlier searches have kept. */
export function forgetAll(): void {
  numbers.clear();
  byText.clear();
  texts.clear();
}

/** The one copy of a value. */
export function only<T extends object>(value: T): T {
  if (numbers.has(value)) return value;
  const text = JSON.stringify(value);
  const known = byText.get(text);
  // Equal as JSON, so of the same type.
  if (known) return known as T;
  byText.set(text, value);
  numbers.set(value, numbers.size);
  return value;
}

/** The same number for values that are equal as JSON. */
export function numberOf(value: unknown): number {
  if (typeof value === 'object' && value !== null) {
    const number = numbers.get(value);
    if (number !== undefined) return number;
  }
  const text = JSON.stringify(value) ?? 'undefined';
  const known = texts.get(text);
  if (known !== undefined) return known;
  // Below zero, so that they do not meet the numbers of the kept copies.
  texts.set(text, -1 - texts.size);
  return -texts.size;
}
