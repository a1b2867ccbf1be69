/** Headers that many answers share, as they are sent: put together once. None of them is one by which Node decides how the body is sent. */

import { validateHeaderName, validateHeaderValue } from 'node:http';

export interface SharedHead {
  /** Name, value, name, value … */
  readonly fields: readonly string[];
  /** The same as they are sent. */
  readonly lines: string;
}

/** Throws what Node throws of a name or value that no header can have. */
export function sharedHead(fields: readonly string[]): SharedHead {
  const lines: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name = '', value = ''] = fields.slice(i, i + 2);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines.push(`${name}: ${value}\r\n`);
  }
  return { fields, lines: lines.join('') };
}

interface Joined {
  readonly first: SharedHead;
  readonly head: SharedHead;
}

/** Heads of two parts: of all answers, and of those that say the same. */
export class JoinedHeads {
  /** By the second part, with the first part that it was joined to last: nearly all who are told the same are pages of one origin, or of none. */
  readonly #joined = new WeakMap<object, Joined>();

  of(first: SharedHead, headers: Readonly<Record<string, string>>): SharedHead {
    const known = this.#joined.get(headers);
    if (known?.first === first) return known.head;
    const second = sharedHead(Object.entries(headers).flat());
    const head = { fields: [...first.fields, ...second.fields], lines: first.lines + second.lines };
    this.#joined.set(headers, { first, head });
    return head;
  }
}
