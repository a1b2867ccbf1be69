/**
 * JSON whose numbers are worth what they were. `JSON.parse` takes `12345678901234567890` for the nearest double and `1e400` for Infinity,
 * which is written as null. Such numbers keep their text here, and are written again as they came.
 */

/** What a double may not hold: 16 digits or more, or an exponent. Everything else takes the fast way. */
const DOUBTFUL = /\d{16}|\d\.?[eE]/;

declare global {
  interface JSON {
    /** ECMAScript 2026, "JSON.parse source text access"; Node 22 has it. Node 20, where only the packages for tests run, gives no `context`: there such numbers are doubles. */
    rawJSON(text: string): unknown;
    parse(
      text: string,
      reviver: (
        this: unknown,
        key: string,
        value: unknown,
        context?: { readonly source?: string },
      ) => unknown,
    ): unknown;
  }
}

/** As `JSON.parse`; throws the same SyntaxError. `JSON.stringify` writes the result as it came, but for white space and the like. */
export function parseJson(text: string): unknown {
  if (!DOUBTFUL.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context) =>
    typeof value === 'number' && context?.source !== undefined && !isExact(value, context.source)
      ? JSON.rawJSON(context.source)
      : value,
  );
}

/** What `parseJson` gave, with doubles for the numbers that kept their text; `text` is the same as JSON. For whoever computes with them. */
export function plainJson(value: unknown, text: string): unknown {
  return DOUBTFUL.test(text) ? JSON.parse(text) : value;
}

/**
 * Fractions are rounded to a double everywhere (RFC 7493, 2.2); integers and sizes are not. An integer that a double holds may still be written
 * with other digits: 2 ** 63 as 9223372036854776000, which is another number to whoever reads integers of 64 bits.
 */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (value === 0) return /^-?[0.]+(?:[eE]|$)/.test(source);
  return String(value) === source || !/^-?\d+$/.test(source);
}

/** One array or object around the place that is being read. */
interface Around {
  /** Names so far; an array has none. */
  readonly names: Set<string> | undefined;
  /** The name or index that is being read. */
  at: string | number;
  /** True where the next string is a name. */
  naming: boolean;
}

/**
 * The way to the first name that JSON text says twice in one object, that name included; undefined when there is none. `JSON.parse` takes the
 * last of the two without a word, other parsers the first (RFC 8259, section 4). `text` must be JSON. Objects within more than `depth` others are
 * not looked at. Linear in the text, and does not recurse.
 */
export function repeatedName(text: string, depth: number): ReadonlyArray<string | number> | undefined {
  const around: Around[] = [];
  let deeper = 0;
  for (let i = 0; i < text.length; i++) {
    const here = around.at(-1);
    switch (text[i]) {
      case '{':
      case '[':
        if (around.length < depth) around.push(opened(text[i] === '{'));
        else deeper++;
        break;
      case '}':
      case ']':
        if (deeper > 0) deeper--;
        else around.pop();
        break;
      case ',':
        if (deeper === 0 && here) advance(here);
        break;
      case '"': {
        const end = endOfString(text, i);
        if (deeper === 0 && here?.names && here.naming) {
          const name = nameOf(text.slice(i, end + 1));
          here.at = name;
          if (here.names.has(name)) return around.map(({ at }) => at);
          here.names.add(name);
          here.naming = false;
        }
        i = end;
      }
    }
  }
  return undefined;
}

function opened(object: boolean): Around {
  return { names: object ? new Set() : undefined, at: 0, naming: object };
}

function advance(here: Around): void {
  if (here.names) here.naming = true;
  else here.at = Number(here.at) + 1;
}

/** Where the string that begins at `start` ends: at the first quote after it with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before--;
    if ((end - before) % 2 === 0) return end;
  }
}

function nameOf(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/**
 * JSON text in characters that every queue takes. SQS refuses U+FFFE and U+FFFF (SendMessage, MessageBody), and some emulators everything
 * outside the basic plane; in JSON they stand in strings only, where they may be escaped.
 */
export function queueable(json: string): string {
  return json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
