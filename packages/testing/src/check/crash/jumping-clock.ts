/**
 * Preloaded into a server under test (`node --import`): its wall clock is set every few seconds, back or forward, as no operator would. All
 * processes of one machine have one clock, so how far it is off depends on the real time alone. The monotonic clock and timers go on as they do.
 */

const EVERY_MS = 5_000;
/**
 * The most that the clock is off, in ms. Three minutes apart are far more than a reader may wait; and ids are still compared for two minutes by two
 * lives of a server (INVARIANTS.md, known gaps).
 */
const MOST_MS = 90_000;

const RealDate = Date;

function now(): number {
  const real = RealDate.now();
  return real + aheadMs(Math.floor(real / EVERY_MS));
}

/** Between -MOST_MS and MOST_MS, anew for each piece of time (mulberry32 of its number). */
function aheadMs(piece: number): number {
  let mixed = (piece * 0x6d2b79f5) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  return Math.round((2 * share - 1) * MOST_MS);
}

globalThis.Date = new Proxy(RealDate, {
  get: (real, name, receiver) => (name === 'now' ? now : Reflect.get(real, name, receiver)),
  construct: (real, args: readonly unknown[], target) =>
    Reflect.construct(real, args.length > 0 ? args : [now()], target),
  apply: () => new RealDate(now()).toString(),
});
