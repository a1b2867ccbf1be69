/** Where a value stands among ascending ones. Pure. */

/** How many come first of which `isBefore` holds: those stand together at the beginning. */
export function countBefore<T>(ascending: readonly T[], isBefore: (one: T) => boolean, least = 0): number {
  let [low, high] = [least, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(ascending[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
