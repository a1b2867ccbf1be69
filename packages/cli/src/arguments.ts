/** Arguments and options, checked where they are read, so that a bad one is exit code 2 and names its range. */

import { InvalidArgumentError } from 'commander';
import {
  CHANNEL_PATTERN,
  CHANNEL_RULE,
  CLIENT_PATTERN,
  CLIENT_RULE,
} from '../../../lib/protocol/doorbell.ts';

export function channelName(text: string): string {
  if (!CHANNEL_PATTERN.test(text)) throw new InvalidArgumentError(`A channel is ${CHANNEL_RULE}`);
  return text;
}

export function channelNames(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), channelName(text)];
}

export function clientId(text: string): string {
  if (!CLIENT_PATTERN.test(text)) throw new InvalidArgumentError(`It must be ${CLIENT_RULE}`);
  return text;
}

/** A parser of whole numbers from `least` to `most`. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A parser of times such as 30s, 15m, 1h, 7d, in seconds. */
export function seconds(most: string): (text: string) => number {
  return (text) => {
    const value = secondsIn(text);
    if (value >= 1 && value <= secondsIn(most)) return value;
    throw new InvalidArgumentError(`It must be a number and s, m, h or d: from 1s to ${most}.`);
  };
}

function secondsIn(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return Number(count) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
}

/** Names of queues and functions hold it, and have at most 80 and 64 characters. */
export function stageName(text: string): string {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 20 of a-z, 0-9 and hyphen, beginning with a letter.');
}
