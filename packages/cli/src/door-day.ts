/**
 * A plausible day at the doors of an office, as records of the ancestor's: `doorno`, `rfsim` (the badge), `optime`, `ynopen` (opened or refused). People
 * come around a quarter past eight, go out to lunch around noon and home after five; in between they walk about. Now and then somebody tries a
 * door that is not theirs, or a badge that nobody knows. Pure: the same seed is the same day.
 */

import { mulberry32 } from '../../testing/src/check/random.ts';

export interface DoorRecord {
  readonly doorno: number;
  readonly rfsim: string;
  /** `hh:mm:ss`. */
  readonly optime: string;
  readonly ynopen: 'Y' | 'N';
}

/** A record and its second of the day. */
export interface DoorMoment {
  readonly second: number;
  readonly record: DoorRecord;
}

export interface DayOptions {
  readonly seed: number;
  readonly people: number;
  readonly doors: number;
}

/** Through these one comes in and goes out; the others are inside. */
const ENTRANCES = 2;
const LAST_SECOND = 24 * 3_600 - 1;
const hour = (hours: number, minutes = 0) => hours * 3_600 + minutes * 60;

/** Ascending in time. */
export function doorDay({ seed, people, doors }: DayOptions): readonly DoorMoment[] {
  const random = mulberry32(seed);
  const around = (middle: number, spread: number) =>
    middle + (random() + random() + random() - 1.5) * 2 * spread;
  const oneOf = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const entrance = () => oneOf(1, Math.min(ENTRANCES, doors));
  const moments: DoorMoment[] = [];
  const pass = (at: number, doorno: number, rfsim: string, opened = true) => {
    const second = Math.round(Math.min(LAST_SECOND, Math.max(0, at)));
    moments.push({ second, record: { doorno, rfsim, optime: timeOf(second), ynopen: opened ? 'Y' : 'N' } });
  };

  function person(badge: string): void {
    if (random() < 0.08) return;
    const comes = around(hour(8, 15), hour(0, 35));
    const goes = Math.max(comes + hour(4), around(hour(17, 20), hour(0, 50)));
    pass(comes, entrance(), badge);
    if (random() < 0.7) {
      const out = around(hour(12, 10), hour(0, 20));
      pass(out, entrance(), badge);
      pass(out + around(hour(0, 40), hour(0, 12)), entrance(), badge);
    }
    for (let visits = oneOf(2, 9); visits > 0; visits--) {
      const at = comes + random() * (goes - comes);
      const doorno = oneOf(1, doors);
      const allowed = random() >= 0.03;
      pass(at, doorno, badge, allowed);
      // Who is refused tries once more.
      if (!allowed) pass(at + oneOf(2, 6), doorno, badge, false);
    }
    pass(goes, entrance(), badge);
  }

  for (let i = 0; i < people; i++) person(String(4_001 + i));
  for (let strangers = oneOf(1, 4); strangers > 0; strangers--)
    pass(hour(7) + random() * hour(12), entrance(), String(oneOf(9_000, 9_999)), false);
  // The night watch goes round, door by door.
  for (const round of [hour(21, 30), hour(23, 15)])
    for (let doorno = 1; doorno <= doors; doorno++) pass(round + doorno * oneOf(35, 80), doorno, '0007');
  return moments.sort((a, b) => a.second - b.second);
}

function timeOf(second: number): string {
  const parts = [Math.floor(second / 3_600), Math.floor(second / 60) % 60, second % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
