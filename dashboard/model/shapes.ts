/**
 * The shapes that a channel's events have: sets of keys, and how many of the last events had each. Events
 * that share half of their keys are of one shape. Pure.
 */

/** Keys of one event that are looked at, and keys of one shape. */
export const MOST_KEYS = 64;
const MOST_SHAPES = 8;
/**
 * After so many events all counts are halved: what was common an hour ago gives way to what is common now.
 */
const HALVED_EVERY = 256;
/**
 * Another shape must be so much more common than the leading one before it leads: the table must not flicker.
 */
const AHEAD = 2;

interface Shape {
  readonly keys: Set<string>;
  count: number;
}

export class Shapes {
  #shapes: Shape[] = [];
  #leading: Shape | undefined;
  #seen = 0;

  /** The keys of the leading shape, in the order of appearance. */
  get keys(): readonly string[] {
    return [...(this.#leading?.keys ?? [])];
  }

  /** Whether `keys` has changed. */
  see(data: object): boolean {
    const keys = firstKeys(data);
    if (++this.#seen % HALVED_EVERY === 0) for (const shape of this.#shapes) shape.count /= 2;
    const shape = this.#find(keys) ?? this.#add();
    shape.count += 1;
    const before = shape.keys.size;
    for (const key of keys) if (shape.keys.size < MOST_KEYS) shape.keys.add(key);
    const leading = this.#leading;
    if (leading === undefined || shape.count > leading.count * AHEAD + AHEAD) this.#leading = shape;
    return this.#leading !== leading || (shape === leading && shape.keys.size > before);
  }

  #find(keys: readonly string[]): Shape | undefined {
    return this.#shapes.find((shape) => {
      const shared = keys.filter((key) => shape.keys.has(key)).length;
      return shared * 2 >= keys.length;
    });
  }

  #add(): Shape {
    const made = { keys: new Set<string>(), count: 0 };
    if (this.#shapes.length >= MOST_SHAPES) {
      const rarest = this.#shapes
        .filter((one) => one !== this.#leading)
        .reduce((a, b) => (b.count < a.count ? b : a));
      this.#shapes.splice(this.#shapes.indexOf(rarest), 1);
    }
    this.#shapes.push(made);
    return made;
  }
}

function firstKeys(data: object): string[] {
  const keys: string[] = [];
  for (const key in data) {
    keys.push(key);
    if (keys.length >= MOST_KEYS) break;
  }
  return keys;
}
