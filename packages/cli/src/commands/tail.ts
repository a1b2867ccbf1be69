/** `doorbell tail`: events as they come, with the client library: across lost connections, restarts and renumbered channels. */

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { beginFetch } from '../../../client/src/begin.ts';
import { type ChannelEvent, type From, type Subscription, subscribe } from '../../../client/src/index.ts';
import { platformOf } from '../../../client/src/platform.ts';
import { channelNames, clientId, whole } from '../arguments.ts';
import { type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { describe, EXIT, EXIT_CODES_HELP } from '../failure.ts';
import { withoutLast } from '../older-servers.ts';
import type { Terminal } from '../terminal.ts';
import { counted, jsonLine } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly from: From;
  readonly client?: string;
  readonly last?: number;
  readonly since?: string;
  readonly count?: number;
  readonly json?: true;
}

const HELP = `
Examples:
  doorbell tail doors
  doorbell tail doors alerts --from start --json | jq .data
  doorbell tail doors --from 1200
  doorbell tail doors -n 20                 the last 20, then what comes
  doorbell tail doors -n 20 --count 20      the last 20, and no more
  doorbell tail doors --since 2026-11-30T08:00Z
  doorbell tail doors --client billing      goes on where it was, after any kind of end

Ctrl-C ends it, with exit code 0. What was missed or renumbered is told on standard error.`;

export function tailCommand(terminal: Terminal): Command {
  const command = new Command('tail')
    .summary('print events as they come')
    .description('Print the events of up to ten channels as they come: vid, time and data.')
    .addArgument(new Argument('<channels...>', 'what to follow').argParser(channelNames))
    .option('--from <place>', 'start (the oldest kept), now, or the vid after which to begin', from, 'now')
    .option('--client <id>', 'the server keeps the place under this name, and lists it', clientId)
    .addOption(
      new Option('-n, --last <events>', 'begin so many events before the newest, in each channel')
        .argParser(whole(0, Number.MAX_SAFE_INTEGER))
        .conflicts(['from', 'since']),
    )
    .addOption(
      new Option('--since <time>', 'begin at this time: ISO 8601 with its zone')
        .argParser(time)
        .conflicts('from'),
    )
    .option('--count <events>', 'end after so many events', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print whole events, as a line of JSON each')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (channels: readonly string[], options: Options) => {
    if (new Set(channels).size > LIMITS.channelsPerPoll)
      command.error(`error: not more than ${LIMITS.channelsPerPoll} channels`, { exitCode: EXIT.usage });
    const { interrupted } = terminal;
    const connection = await connectionOf(options, terminal);
    const { base, token } = connection;
    const { from, client, last, since } = options;
    const { fetch } = platformOf(connection);
    const platform =
      last === undefined && since === undefined
        ? connection.platform
        : { ...connection.platform, fetch: beginFetch({ last, since, fetch: withoutLast(fetch) }) };
    const subscription = subscribe(channels, {
      base,
      token,
      platform,
      from,
      client,
      signal: interrupted,
    });
    report(subscription, terminal);
    await print(subscription, terminal, options, channels.length > 1);
  });
}

async function print(
  subscription: Subscription,
  { out, interrupted }: Terminal,
  { count = Number.POSITIVE_INFINITY, json }: Options,
  many: boolean,
): Promise<void> {
  let printed = 0;
  for await (const event of subscription) {
    await out.write(`${json ? jsonLine(event) : line(event, many)}\n`);
    if (++printed >= count || interrupted.aborted) return;
  }
}

function line({ channel, vid, at, data }: ChannelEvent, many: boolean): string {
  return [...(many ? [channel] : []), String(vid), at, jsonLine(data)].join('  ');
}

/** Says what a reader must know, once per change; that all is well only to a person. */
function report(subscription: Subscription, { err }: Terminal): void {
  let lost = false;
  subscription.on('missed', ({ channel, count, after }) =>
    err.write(`${counted(count, 'event')} of ${channel} after ${after} are no longer kept.\n`),
  );
  subscription.on('reset', ({ channel }) =>
    err.write(`${channel} was numbered anew; its events follow from the oldest kept.\n`),
  );
  subscription.on('status', (status) => {
    if (status.state === 'waiting' && !lost) {
      lost = true;
      void err.write(`${describe(status.error)} Trying again.\n`);
    }
    if (status.state !== 'live') return;
    if (lost) void err.write('Connected again.\n');
    lost = false;
  });
}

function time(text: string): string {
  if (/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)))
    return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be as 2026-11-30T08:00:00Z, with its zone.');
}

function from(text: string): From {
  if (text === 'start' || text === 'now') return text;
  const vid = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(vid)) return vid;
  throw new InvalidArgumentError('It must be start, now or a vid.');
}
