/**
 * JSON whose numbers are worth what they were. `JSON.parse` takes `12345678901234567890` for the nearest double and `1e400` for Infinity,
 * which is written as null. Such numbers keep their text here, and are written again as they came.
 */

/** What a double may not hold: 16 digits or more, or an exponent. Everything else takes the fast way. */
const DOUBTFUL = /\d{16}|\d\.?[eE]/;

declare global {
  interface JSON {
    /** ECMAScript 2026, "JSON.parse source text access"; Node 22 has it. */
    rawJSON(text: string): unknown;
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** As `JSON.parse`; throws the same SyntaxError. `JSON.stringify` writes the result as it came, but for white space and the like. */
export function parseJson(text: string): unknown {
  if (!DOUBTFUL.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isExact(value, source)
      ? JSON.rawJSON(source)
      : value,
  );
}

/** Fractions are rounded to a double everywhere (RFC 7493, 2.2); integers and sizes are not. */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (value === 0) return /^-?[0.]+(?:[eE]|$)/.test(source);
  return String(value) === source || !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}
