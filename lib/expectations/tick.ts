/** The tick: once a minute every channel is looked at for which a look is due. Bounded work: what is left over is due at the next tick, first of all. */

import type { Logger } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { type LookPorts, look } from './look.ts';
import type { Look } from './ports.ts';
import { LOOK_MS, minuteAfter } from './times.ts';

export interface TickPorts extends LookPorts {
  readonly logger: Logger;
}

export interface Ticked {
  /** How many channels were looked at. */
  readonly looks: number;
  /** How many alarms were told. */
  readonly alarms: number;
}

/** Notes that one tick takes, and how many of their channels are looked at at once. */
export const LOOKS_A_TICK = 1_000;
const AT_ONCE = 8;
/** A channel that cannot be looked at now is tried again so much later: it must not stand before all others for ever. */
const AGAIN_MS = 4 * 60_000;

/** Until `by` (ms of `Clock.elapsed`), or until nothing is due. May run twice at once, and end anywhere. Throws when the notes cannot be read. */
export async function tick(ports: TickPorts, by: number): Promise<Ticked> {
  const { expectations, clock } = ports;
  const due = await expectations.dueLooks(clock.now(), LOOKS_A_TICK);
  const channels = new Map<string, Look[]>();
  for (const note of due) channels.set(note.channel, [...(channels.get(note.channel) ?? []), note]);
  const left = channels.entries();
  let looks = 0;
  let alarms = 0;
  const looker = async () => {
    for (const [channel, notes] of left) {
      if (clock.elapsed() >= by) return;
      looks++;
      alarms += await lookOnce(ports, channel, notes, by);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, channels.size) }, looker));
  return { looks, alarms };
}

/** Looks at a channel, notes when to look again, and only then takes the notes back. */
async function lookOnce(
  ports: TickPorts,
  channel: string,
  notes: readonly Look[],
  by: number,
): Promise<number> {
  const { clock, logger } = ports;
  try {
    const { alarms, next } = await look(ports, channel, firstOf(notes), by);
    await again(ports, channel, notes, next);
    return alarms;
  } catch (error) {
    logger.error('a channel whose next event was promised could not be looked at; it is tried again', {
      channel,
      reason: reasonOf(error),
    });
    // Where this fails too, the notes are as they were.
    await again(ports, channel, notes, minuteAfter(clock.now() + AGAIN_MS)).catch(() => undefined);
    return 0;
  }
}

async function again(
  { expectations }: TickPorts,
  channel: string,
  notes: readonly Look[],
  next: number | undefined,
): Promise<void> {
  // A tick whose clock is far ahead must not put it off until then.
  const due = next === undefined ? undefined : Math.min(next, minuteAfter(firstOf(notes) + LOOK_MS));
  if (due !== undefined) await expectations.noteLook({ channel, due });
  for (const note of notes) if (note.due !== due) await expectations.dropLook(note);
}

function firstOf(notes: readonly Look[]): number {
  return Math.min(...notes.map(({ due }) => due));
}
