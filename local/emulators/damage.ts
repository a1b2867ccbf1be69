/** What a file of a store says of itself when it is not what was written. */

/** Some bytes are not those that were written, or a file is missing. Nothing has been changed. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** `byte` is where in the file the unsound part begins. */
export function damageAt(byte: number, what: string): Damage {
  return new Damage(`byte ${byte}: ${what}`);
}
