/**
 * The same history on Doorbell and on the protocol's own server: each answer must say the same, but for what the protocol leaves open and for the
 * reference's known faults. Where the two servers hold different things after one of those, the history ends.
 */

import { isDeepStrictEqual } from 'node:util';
import { mediaType } from '../../../lib/log/stream-record.ts';
import { Client, type Seen } from './client.ts';
import type { Command, Name } from './commands.ts';
import { excuseOf } from './excuses.ts';

export interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Pair {
  readonly doorbell: Server;
  readonly reference: Server;
}

/** What was found: the first answers that differ without an excuse, and every excuse that was needed. */
export interface Finding {
  readonly difference?: {
    readonly command: Command;
    readonly keys: readonly string[];
    readonly doorbell: Seen;
    readonly reference: Seen;
  };
  readonly excuses: readonly string[];
  readonly asked: number;
}

let histories = 0;

/** Each history has streams of its own. */
export async function compare(pair: Pair, commands: readonly Command[]): Promise<Finding> {
  const path = `/v1/stream/histories/${process.pid}-${++histories}/`;
  const client = ({ url, headers }: Server) => new Client(`${url}${path}`, headers);
  const [ours, theirs] = [client(pair.doorbell), client(pair.reference)];
  const there = new Set<string>();
  const types = new Map<Name, string>();
  const made: Name[] = [];
  const excuses: string[] = [];
  let asked = 0;
  for (const command of commands) {
    if (wouldWait(command, there)) continue;
    asked++;
    const [doorbell, reference] = await Promise.all([ours.ask(command), theirs.ask(command)]);
    note(command, doorbell, there);
    if (command.kind === 'put' && doorbell.status === 201) {
      types.set(command.name, mediaType(String(doorbell['content-type'])));
      made.push(command.name);
    }
    const keys = Object.keys(doorbell).filter((key) => !isDeepStrictEqual(doorbell[key], reference[key]));
    if (keys.length === 0) continue;
    const excuse = excuseOf(command, keys, doorbell, reference, {
      isOtherType: isOtherType(command, types),
      isMadeAnew: made.filter((name) => name === command.name).length > 1,
    });
    if (!excuse) return { difference: { command, keys, doorbell, reference }, excuses, asked };
    excuses.push(excuse.what);
    if (excuse.ends) break;
  }
  return { excuses, asked };
}

/** What has no type is sent as text. */
function isOtherType(command: Command, types: ReadonlyMap<Name, string>): boolean {
  const type = types.get(command.name);
  return command.kind === 'post' && type !== undefined && mediaType(command.type ?? 'text/plain') !== type;
}

/** A reader who is not sure of an answer at once would wait for ever. `there` names streams that hold something, and those that are closed. */
function wouldWait(command: Command, there: ReadonlySet<string>): boolean {
  if (command.kind !== 'get' || !command.live) return false;
  const isFromStart = command.offset === undefined || command.offset === '-1' || command.offset === 'start';
  // Events end by themselves only where the stream has.
  if (command.live === 'sse') return !(isFromStart && there.has(`${command.name} closed`));
  return !(isFromStart && there.has(command.name)) && !there.has(`${command.name} closed`);
}

function note(command: Command, seen: Seen, there: Set<string>): void {
  const { kind, name } = command;
  const status = Number(seen.status);
  if (kind === 'delete' && status < 300) {
    there.delete(name);
    there.delete(`${name} closed`);
  }
  if (status >= 300) return;
  if (seen['stream-closed'] === 'true') there.add(`${name} closed`);
  const isFilled =
    (kind === 'post' && command.body !== '') || (kind === 'get' && !command.live && hasContent(seen));
  if (isFilled) there.add(name);
}

function hasContent({ body }: Seen): boolean {
  return body !== '' && body !== '[]';
}
