/** `doorbell state`: the newest event of each key, and with `--watch` what changes from there on. */

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import {
  type Event,
  KEY_PATTERN,
  KEY_RULE,
  LIMITS,
  type StateAnswer,
  type StateEntry,
} from '../../../../lib/protocol/doorbell.ts';
import { type Connection, subscribe } from '../../../client/src/index.ts';
import { narrowFetch, narrowQuery } from '../../../client/src/narrow.ts';
import { platformOf } from '../../../client/src/platform.ts';
import { channelName } from '../arguments.ts';
import { ask, type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { EXIT_CODES_HELP } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { jsonLine, plain } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly key?: readonly string[];
  readonly prefix?: string;
  readonly json?: true;
  readonly watch?: true;
}

/** Where the state stands that was printed. */
interface Stand {
  readonly maxvid: number;
  readonly epoch: string;
  /** The vid of each key that was printed; entries may be newer than `maxvid`. */
  readonly vids: ReadonlyMap<string, number>;
}

const HELP = `
Examples:
  doorbell state doors
  doorbell state doors --key 3 --key 4 --json
  doorbell state site --prefix floor-2. --watch     what is true now, then what changes

With --watch a key that is deleted is printed with null. Ctrl-C ends it, with exit code 0.`;

export function stateCommand(terminal: Terminal): Command {
  const command = new Command('state')
    .summary('print the newest event of each key')
    .description('Print the state of a channel: the newest event of each key, ordered by key.')
    .addArgument(new Argument('<channel>', 'whose state').argParser(channelName))
    .addOption(
      new Option('--key <key>', `only this key; up to ${LIMITS.keysPerRequest} of them`)
        .argParser(keys)
        .conflicts('prefix'),
    )
    .option('--prefix <text>', 'only keys that begin so', key)
    .option('--json', 'print whole entries, as a line of JSON each')
    .option('--watch', 'go on with what changes')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (channel: string, options: Options) => {
    const connection = await connectionOf(options, terminal);
    let stand = await printState(connection, channel, options, terminal);
    while (options.watch && !terminal.interrupted.aborted) {
      if (!(await printChanges(connection, channel, stand, options, terminal))) return;
      await terminal.err.write(`Some changes of ${channel} are no longer kept; its state follows anew.\n`);
      stand = await printState(connection, channel, options, terminal);
    }
  });
}

async function printState(
  connection: Connection,
  channel: string,
  options: Options,
  { out, err, interrupted }: Terminal,
): Promise<Stand> {
  const [first, ...others] = await readPages(connection, channel, options, interrupted);
  const vids = new Map<string, number>();
  for (const { entries } of [first, ...others]) {
    for (const entry of entries) {
      vids.set(entry.key, entry.vid);
      await out.write(lineOf(entry, options));
    }
  }
  if (vids.size === 0 && err.isTTY) await err.write('No event of it has such a key.\n');
  return { maxvid: first.maxvid, epoch: first.epoch, vids };
}

/** All pages, of one epoch: nothing of a life that is over is printed. */
async function readPages(
  connection: Connection,
  channel: string,
  { key: named = [], prefix }: Options,
  interrupted: AbortSignal,
): Promise<readonly [StateAnswer, ...StateAnswer[]]> {
  let pages: [StateAnswer, ...StateAnswer[]] | undefined;
  for (let after = ''; ; ) {
    const query = new URLSearchParams([
      ...named.map((one) => ['key', one]),
      ...(prefix === undefined ? [] : [['prefix', prefix]]),
      ...(after === '' ? [] : [['after', after]]),
    ]);
    const page: StateAnswer = await ask(
      connection,
      `/v1/channels/${channel}/state${query.size > 0 ? `?${query}` : ''}`,
      interrupted,
    );
    const isFirst = after === '';
    if (!isFirst && pages?.[0].epoch !== page.epoch) {
      // Numbered anew between two pages.
      after = '';
      continue;
    }
    pages = isFirst || !pages ? [page] : [...pages, page];
    if (page.next === null) return pages;
    after = page.next;
  }
}

/** True when something was missed, and the state must be read again. */
async function printChanges(
  connection: Connection,
  channel: string,
  { maxvid, epoch, vids }: Stand,
  options: Options,
  { out, interrupted }: Terminal,
): Promise<boolean> {
  const store = new Map([[channel, `${maxvid}:${epoch}`]]);
  const { base, token } = connection;
  const narrow = narrowFetch(platformOf(connection).fetch, narrowQuery(options));
  const platform = { ...connection.platform, fetch: narrow.fetch };
  const subscription = subscribe(channel, { base, token, platform, store, signal: interrupted });
  let hasMissed = false;
  const beginAgain = () => {
    hasMissed = true;
    subscription.close();
  };
  subscription.on('missed', ({ after }) => {
    if (!narrow.hasPassed(after)) beginAgain();
  });
  subscription.on('reset', beginAgain);
  for await (const { channel: _, ...event } of subscription) {
    if (!hasMissed && isWanted(event, options) && (vids.get(event.key ?? '') ?? 0) < event.vid)
      await out.write(lineOf(event, options));
  }
  return hasMissed;
}

function isWanted({ key: of }: Event, { key: named, prefix = '' }: Options): boolean {
  if (of === undefined) return false;
  return named ? named.includes(of) : of.startsWith(prefix);
}

function lineOf(entry: StateEntry | Event, { json }: Options): string {
  if (json) return `${jsonLine(entry)}\n`;
  const { key: of = '', vid, at, data } = entry;
  return `${[plain(of), String(vid), at, jsonLine(data)].join('  ')}\n`;
}

function key(text: string): string {
  if (!KEY_PATTERN.test(text)) throw new InvalidArgumentError(`It ${KEY_RULE}.`);
  return text;
}

function keys(text: string, before: readonly string[] = []): readonly string[] {
  if (before.length >= LIMITS.keysPerRequest)
    throw new InvalidArgumentError(`It may be given ${LIMITS.keysPerRequest} times.`);
  return [...before, key(text)];
}
