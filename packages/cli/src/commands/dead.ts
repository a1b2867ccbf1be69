/** `doorbell dead`: messages of the ingest queue that were put aside, looked at, mended, sent back or thrown away. */

import { Argument, Command, InvalidArgumentError } from 'commander';
import {
  type DeadLetterInfo,
  type DeadLettersAnswer,
  LIMITS,
  type MendedAnswer,
  type RedriveAnswer,
} from '../../../../lib/protocol/doorbell.ts';
import { channelName, whole } from '../arguments.ts';
import { ask, type ConnectionOptions, change, connecting, connectionOf } from '../connection.ts';
import { EXIT, EXIT_CODES_HELP, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { counted, duration, jsonLine, plain, table } from '../text.ts';

const PATH = '/v1/dead-letters';
const HELP = `
Examples:
  doorbell dead list
  doorbell dead show 6b0c… --body > message.json
  doorbell dead edit 6b0c… - --redrive < message.json
  doorbell dead redrive --channel doors
  doorbell dead drop 6b0c…

The token needs the claim dead for the channel (doorbell token --dead), and to mend one, the claim write too. Of each channel the first ten letters
can be reached: clear those, and the next ones come.`;

export function deadCommand(terminal: Terminal): Command {
  const command = new Command('dead')
    .summary('look at messages that could not be published, mend them and send them again')
    .description('Messages of the ingest queue that can never be published, or failed too often.')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  for (const inner of [list, show, edit, redrive, drop]) command.addCommand(inner(terminal));
  return command;
}

function list(terminal: Terminal): Command {
  const { out, err, clock, interrupted } = terminal;
  const command = new Command('list')
    .summary('which there are, and why')
    .option('--channel <channel>', 'only those of this channel', channelName)
    .option('-n, --limit <count>', 'most letters', whole(1, LIMITS.maxDeadLetters), LIMITS.maxDeadLetters)
    .option('--json', 'print a line of JSON each, with the beginning of what it holds');
  return connecting(command).action(
    async (options: ConnectionOptions & { channel?: string; limit: number; json?: true }) => {
      const connection = await connectionOf(options, terminal);
      const { channel, limit } = options;
      const query = new URLSearchParams({ limit: String(limit), ...(channel && { channel }) });
      const { messages, unseen } = await ask<DeadLettersAnswer>(connection, `${PATH}?${query}`, interrupted);
      if (options.json) for (const message of messages) await out.write(`${jsonLine(message)}\n`);
      else {
        const head =
          out.isTTY && messages.length > 0 ? [['letter', 'channel', 'since', 'sent back', 'reason']] : [];
        const since = (at: string | null) =>
          at !== null && out.isTTY
            ? `${duration(Math.max(0, clock.now() - Date.parse(at)))} ago`
            : (at ?? '-');
        const rows = messages.map(({ id, channel: of, at, sentBack, reason }) =>
          [id, of, since(at), String(sentBack), reason ?? REASONLESS].map(oneLine),
        );
        await out.write(table([...head, ...rows]));
      }
      if (unseen > 0) await err.write(`About ${unseen} more cannot be reached now.\n`);
      else if (messages.length === 0 && err.isTTY) await err.write('There are none.\n');
    },
  );
}

const REASONLESS = 'none told: it failed too often, or was mended';

function show(terminal: Terminal): Command {
  const { out, interrupted } = terminal;
  const command = new Command('show')
    .summary('one of them, with all that it holds')
    .addArgument(deadLetterArgument())
    .option('--body', 'only what it holds; into a file as it is');
  return connecting(command).action(async (id: string, options: ConnectionOptions & { body?: true }) => {
    const connection = await connectionOf(options, terminal);
    const message = await ask<DeadLetterInfo>(connection, `${PATH}/${id}`, interrupted);
    // A file must have what the producer sent. A terminal must not obey it.
    if (options.body) await out.write(out.isTTY ? `${plain(message.body)}\n` : message.body);
    else await out.write(`${jsonLine(message)}\n`);
  });
}

function edit(terminal: Terminal): Command {
  const { err, input, interrupted } = terminal;
  const command = new Command('edit')
    .summary('put a message that can be published in its place')
    .addArgument(deadLetterArgument())
    .argument('[json]', 'the whole message; - or nothing: from standard input')
    .option('--redrive', 'and send it back at once');
  return connecting(command).action(
    async (id: string, json: string | undefined, options: ConnectionOptions & { redrive?: true }) => {
      if ((json === undefined || json === '-') && input.isTTY)
        command.error('error: give the message as JSON, or pipe it in', { exitCode: EXIT.usage });
      const connection = await connectionOf(options, terminal);
      const body = json === undefined || json === '-' ? await textOf(input) : json;
      const path = `${PATH}/${id}${options.redrive ? '?redrive=true' : ''}`;
      const mended = await change<MendedAnswer>(connection, 'PUT', path, interrupted, body);
      if (!mended.sent) await terminal.out.write(`${plain(mended.id)}\n`);
      else if (err.isTTY) await err.write('Sent back.\n');
    },
  );
}

function redrive(terminal: Terminal): Command {
  const { out, interrupted } = terminal;
  const command = new Command('redrive')
    .summary('send one back to the ingest queue, or all that can be published')
    .addArgument(deadLetterArgument('[letter]'))
    .option('--channel <channel>', 'only those of this channel', channelName)
    .option('--max <count>', 'at most so many', whole(1, Number.MAX_SAFE_INTEGER));
  return connecting(command).action(
    async (id: string | undefined, options: ConnectionOptions & { channel?: string; max?: number }) => {
      const { channel, max = Number.POSITIVE_INFINITY } = options;
      if (id !== undefined && (channel !== undefined || options.max !== undefined))
        command.error('error: --channel and --max are for all letters', { exitCode: EXIT.usage });
      const connection = await connectionOf(options, terminal);
      const post = (path: string) => change<RedriveAnswer>(connection, 'POST', path, interrupted);
      if (id !== undefined) {
        await post(`${PATH}/${id}`);
        return;
      }
      // A request has only so much time: as long as it comes forward, there may be more.
      let [sent, left, done] = [0, 0, false];
      while (!done && sent < max) {
        const most = Math.min(max - sent, LIMITS.maxRedriven);
        const query = new URLSearchParams({ max: String(most), ...(channel && { channel }) });
        const answer = await post(`${PATH}?${query}`);
        sent += answer.sent;
        left = answer.left;
        done = answer.done || answer.sent === 0;
      }
      await out.write(`${sent} sent back, ${left} left\n`);
      if (left > 0)
        throw new Failure(
          EXIT.failed,
          'What is left can never be published as it is: doorbell dead list says why.',
        );
    },
  );
}

function drop(terminal: Terminal): Command {
  const command = new Command('drop')
    .summary('throw some of them away, for good')
    .addArgument(deadLetterArgument('<letters...>'));
  return connecting(command).action(async (ids: readonly string[], options: ConnectionOptions) => {
    const { err, interrupted } = terminal;
    const connection = await connectionOf(options, terminal);
    for (const id of ids) await change<undefined>(connection, 'DELETE', `${PATH}/${id}`, interrupted);
    const dropped = counted(ids.length, 'letter');
    if (err.isTTY) await err.write(`${dropped} dropped.\n`);
  });
}

/** One letter, or a list of them where the name has dots. */
function deadLetterArgument(name = '<letter>'): Argument {
  const parse = (text: string, before: unknown) => {
    if (!/^(?!\.{1,2}$)[\w.-]{1,128}$/.test(text))
      throw new InvalidArgumentError('It must be an id, as doorbell dead list prints it.');
    return name.includes('...') ? [...((before as readonly string[] | undefined) ?? []), text] : text;
  };
  return new Argument(name, 'its id').argParser(parse);
}

function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ');
}

/** All of standard input. Throws `Failure` for more than a queue takes. */
async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    bytes += piece.byteLength;
    if (bytes > LIMITS.messageBytes)
      throw new Failure(EXIT.usage, `A message is at most ${LIMITS.messageBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
