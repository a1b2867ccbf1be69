/** The work that is priced, and how often readers come for it. Pure. */

export interface Workload {
  /** Dashboards that are open at once; each follows one channel. */
  readonly clients: number;
  readonly channels: number;
  /** Published, over all channels together. */
  readonly eventsPerSecond: number;
  readonly eventBytes: number;
  /** Whether the server keeps the readers' cursors. The client library keeps its place itself unless it is told otherwise. */
  readonly cursors: boolean;
  /** Hours of the month in which the dashboards are open and events come; 730 is always. */
  readonly hours: number;
}

export const GB = 1_000_000_000;
/** A month, as AWS's calculator has it. */
export const MONTH_HOURS = 730;
/** Seconds, the longest wait. */
const WAIT = 20;

export interface Polls {
  /** A second. */
  readonly rate: number;
  /** Of them, how many a second bring events. */
  readonly bringing: number;
  /** Seconds that one is held, on average. */
  readonly held: number;
}

/**
 * How often somebody polls a channel whose events come at random (as a Poisson process), and asks again `turnaround` seconds after each answer. What comes in
 * between is answered at once; otherwise a poll is held until the next event, `longest` seconds at most: 20.
 */
export function polls(eventsPerSecond: number, turnaround: number, longest = WAIT): Polls {
  if (eventsPerSecond === 0) return { rate: 1 / (longest + turnaround), bringing: 0, held: longest };
  const nothingBetween = Math.exp(-eventsPerSecond * turnaround);
  const nothingHeld = Math.exp(-eventsPerSecond * longest);
  const held = (nothingBetween * (1 - nothingHeld)) / eventsPerSecond;
  const rate = 1 / (held + turnaround);
  return { rate, bringing: rate * (1 - nothingBetween * nothingHeld), held };
}

/** How many channels a process follows when `clients` readers of `channels` channels come to `processes` processes by chance. */
export function channelsPerProcess({ clients, channels }: Workload, processes: number): number {
  return channels * (1 - (1 - 1 / processes) ** (clients / channels));
}
