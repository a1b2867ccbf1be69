/** `doorbell demo doors`: something to look at. */

import { Command } from 'commander';
import { channelName, whole } from '../arguments.ts';
import { type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { type DayOptions, type DoorMoment, doorDay } from '../door-day.ts';
import { describe, EXIT_CODES_HELP } from '../failure.ts';
import { Sender, SendingFailed } from '../sender.ts';
import type { Terminal } from '../terminal.ts';
import { counted, jsonLine } from '../text.ts';

interface Options extends ConnectionOptions, DayOptions {
  readonly channel: string;
  readonly speed: number;
  readonly print?: true;
}

const CLEAR_LINE = '\r\u001b[K';
const HELP = `
Examples:
  doorbell demo doors                         a minute of the day a second
  doorbell demo doors --speed 600 --seed 7    another day, in less than two minutes
  doorbell demo doors --print | head          the records, without a server
  doorbell state doors                        how each door stands: its number is the key

Ctrl-C ends it, with exit code 0.`;

export function demoCommand(terminal: Terminal): Command {
  const doors = new Command('doors')
    .summary('a day at the doors of an office')
    .description("Publish a plausible day of the ancestor's door records: doorno, rfsim, optime, ynopen.")
    .option('--channel <channel>', 'where to', channelName, 'doors')
    .option('--speed <times>', 'how much faster than the day itself', whole(1, 1_000_000), 60)
    .option('--seed <number>', 'the same seed is the same day', whole(0, 2 ** 32 - 1), 1)
    .option('--people <count>', 'how many have a badge', whole(1, 10_000), 120)
    .option('--doors <count>', 'how many doors there are', whole(1, 100), 8)
    .option('--print', 'print the records instead, a line of JSON each')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  connecting(doors).action(async (options: Options) => {
    const day = doorDay(options);
    if (options.print) {
      for (const { record } of day) await terminal.out.write(`${jsonLine(record)}\n`);
      return;
    }
    await play(day, options, terminal);
  });
  return new Command('demo').description('Publish something to look at.').addCommand(doors);
}

async function play(day: readonly DoorMoment[], options: Options, terminal: Terminal): Promise<void> {
  const { clock, err, interrupted, random } = terminal;
  const connection = await connectionOf(options, terminal);
  const sender = new Sender(connection, options.channel, terminal, (ms, error) => {
    void err.write(`${describe(error)} Again in ${(ms / 1000).toFixed(1)} s.\n`);
  });
  // Of this run: a record that is sent again after a lost answer is one, and the same day an hour later is another.
  const runId = Math.floor(random() * 2 ** 48).toString(36);
  const events = day.map(({ record }, i) => ({
    id: `demo-${runId}-${i}`,
    key: String(record.doorno),
    data: jsonLine(record),
  }));
  const began = clock.elapsed();
  const start = day[0]?.second ?? 0;
  const dueAt = (moment: DoorMoment) => began + ((moment.second - start) * 1000) / options.speed;
  for (let sent = 0; sent < day.length && !interrupted.aborted; ) {
    const next = day[sent];
    if (next) await clock.sleep(dueAt(next) - clock.elapsed(), interrupted);
    if (interrupted.aborted) break;
    const now = clock.elapsed();
    const due = day.findIndex((moment, i) => i > sent && dueAt(moment) > now);
    const end = due < 0 ? day.length : due;
    await send(sender, events.slice(sent, end), interrupted);
    sent = end;
    const { optime = '' } = day[end - 1]?.record ?? {};
    if (err.isTTY)
      await err.write(
        `${CLEAR_LINE}${optime}  ${counted(end, 'record')} of ${day.length.toLocaleString('en')}`,
      );
  }
  if (err.isTTY) await err.write('\n');
}

async function send(
  sender: Sender,
  events: Parameters<Sender['send']>[0],
  interrupted: AbortSignal,
): Promise<void> {
  try {
    await sender.send(events, () => undefined);
  } catch (error) {
    if (interrupted.aborted) return;
    throw error instanceof SendingFailed ? error.cause : error;
  }
}
