/** `doorbell publish`: one event, or a stream of them, in order. */

import { Argument, Command, type Command as Commander, Option } from 'commander';
import type { PublishAnswer } from '../../../../lib/protocol/doorbell.ts';
import { DoorbellError } from '../../../client/src/errors.ts';
import { channelName } from '../arguments.ts';
import { type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { describe, EXIT, EXIT_CODES_HELP, endingOf, Failure } from '../failure.ts';
import { batchesOf, type InvalidLines, type Line, textLine } from '../lines.ts';
import { type Progress, progressOn } from '../progress.ts';
import { type Outgoing, Sender, SendingFailed } from '../sender.ts';
import type { Terminal } from '../terminal.ts';
import { counted, jsonLine } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly id?: string;
  readonly idFrom?: string;
  readonly key?: string;
  readonly keyFrom?: string;
  readonly expect?: string;
  readonly text?: true;
  readonly skipInvalid?: true;
  readonly json?: true;
}

const HELP = `
Examples:
  doorbell publish doors '{"doorno":3,"ynopen":"Y"}'
  doorbell publish doors --id badge-77-0815 '{"doorno":3,"ynopen":"Y"}'
  doorbell publish doors --key door-3 '{"doorno":3,"ynopen":"Y"}'
  doorbell publish backups --expect P1DT1H '{"ok":true}'
  doorbell publish readings --id-from seq --key-from sensor < readings.ndjson
  tail -F app.log.json | doorbell publish logs -
  tail -F app.log | doorbell publish logs - --text

Without ids a line of a failed request is sent again only where the server said that it was not appended; where no
answer came, the command stops and says which lines are in doubt. With ids everything is tried again for two minutes.`;

export function publishCommand(terminal: Terminal): Command {
  const command = new Command('publish')
    .summary('publish an event, or lines of JSON from standard input')
    .description(
      'Publish an event, or each line of standard input (NDJSON), in order. Prints nothing unless asked.',
    )
    .addArgument(new Argument('<channel>', 'where to').argParser(channelName))
    .argument('[json]', "the event's data; - or nothing: a line of JSON an event, from standard input")
    .option('--id <id>', "the event's id: publishing it again within 5 minutes appends nothing")
    .option('--id-from <field>', "take each event's id from this member of its data")
    .option('--key <key>', 'of which thing the event tells; with null as data it deletes the key')
    .option('--key-from <field>', "take each event's key from this member of its data")
    .option(
      '--expect <duration>',
      'promise the next event within this time, as PT15M; alarms.<channel> tells when it does not come',
    )
    .option('--text', 'publish what is not JSON as text; what is JSON stays as it is')
    .addOption(new Option('--skip-invalid', 'leave out lines that are not JSON').conflicts('text'))
    .option('--json', 'print where the events stand: first, last, count, duplicates')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (channel: string, json: string | undefined, options: Options) => {
    for (const [one, many] of [
      ['id', 'idFrom'],
      ['key', 'keyFrom'],
    ] as const)
      if (options[one] !== undefined && options[many] !== undefined)
        command.error(`error: --${one} and --${one}-from say the same: give one of them`, {
          exitCode: EXIT.usage,
        });
    if (options.id !== undefined && (json === undefined || json === '-'))
      command.error('error: --id is for one event; for lines there is --id-from', { exitCode: EXIT.usage });
    if (options.key !== undefined && (json === undefined || json === '-'))
      command.error('error: --key is for one event; for lines there is --key-from', { exitCode: EXIT.usage });
    await new Publishing(terminal, options).run(channel, json ?? '-', command);
  });
}

/** Where everything stands that was published. */
interface Total {
  /** Null when the server could not say it: a request was in by half. */
  readonly first: number | null;
  readonly last: number | null;
  readonly count: number;
  readonly duplicates: number;
}

class Publishing {
  readonly #terminal: Terminal;
  readonly #options: Options;
  readonly #progress: Progress;
  #total: Total | undefined;
  #events = 0;
  #skipped = 0;

  constructor(terminal: Terminal, options: Options) {
    this.#terminal = terminal;
    this.#options = options;
    this.#progress = progressOn(terminal);
  }

  async run(channel: string, json: string, command: Commander): Promise<void> {
    const { input, err, out } = this.#terminal;
    const connection = await connectionOf(this.#options, this.#terminal);
    if (json === '-' && input.isTTY)
      command.error('error: give the event as JSON, or pipe lines of JSON in', { exitCode: EXIT.usage });
    const sender = new Sender(connection, channel, this.#terminal, (ms, error) => this.#tellWait(ms, error));
    if (json === '-') await this.#sendLines(sender);
    else await this.#sendOne(sender, lineOf(json, this.#options));
    if (this.#skipped > 0)
      await err.write(`Left out, because not JSON: ${counted(this.#skipped, 'line')}.\n`);
    if (this.#options.json) await out.write(`${jsonLine(this.#total ?? NOTHING)}\n`);
    else if (err.isTTY) await err.write(`${summary(channel, this.#events, this.#total)}\n`);
  }

  async #sendOne(sender: Sender, line: Line): Promise<void> {
    try {
      await sender.send([outgoing(line, this.#options)], (events, answer) => this.#took(events, answer));
    } catch (error) {
      if (!(error instanceof SendingFailed)) throw error;
      const { exit, message = '' } = endingOf(error.cause);
      const said = message.replace(/^(?:line 1|\[0\]\.data) /, 'The event ');
      throw new Failure(
        exit,
        error.unknown > 0 ? `${said} The event may be in the log or not.` : said,
        error,
      );
    }
  }

  async #sendLines(sender: Sender): Promise<void> {
    const { input, interrupted } = this.#terminal;
    try {
      for await (const { lines, bytes, skipped, fault } of batchesOf(input, invalidLines(this.#options))) {
        this.#skipped += skipped;
        const { events, fault: unnamed } = allOutgoing(lines, this.#options);
        await this.#sendBatch(sender, events, lines);
        await this.#progress.show(this.#events, input.bytes === undefined ? undefined : bytes / input.bytes);
        const wrong = unnamed ?? fault;
        if (wrong) throw new Failure(wrong.exit, `${wrong.message} ${this.#soFar()}`);
      }
      if (interrupted.aborted) throw new Failure(EXIT.interrupted, `Interrupted. ${this.#soFar()}`);
    } finally {
      await this.#progress.clear();
    }
  }

  async #sendBatch(sender: Sender, events: readonly Outgoing[], lines: readonly Line[]): Promise<void> {
    try {
      await sender.send(events, (count, answer) => this.#took(count, answer));
    } catch (error) {
      if (!(error instanceof SendingFailed)) throw error;
      const { exit, message = '' } = endingOf(error.cause);
      const from = lines[error.sent]?.number ?? 1;
      const to = lines[error.sent + error.unknown - 1]?.number;
      const doubt = error.unknown > 0 ? ` Lines ${from} to ${to} may be in the log or not.` : '';
      const said = inInput(message, error, lines);
      throw new Failure(exit, `${said} ${this.#soFar()}${doubt} Go on from line ${from}.`, error);
    }
  }

  #took(events: number, answer?: PublishAnswer): void {
    const before = this.#total;
    this.#events += events;
    this.#total = {
      first: before ? before.first : (answer?.first ?? null),
      last: answer?.last ?? before?.last ?? null,
      count: (before?.count ?? 0) + (answer?.count ?? events),
      duplicates: (before?.duplicates ?? 0) + (answer?.duplicates ?? 0),
    };
  }

  #tellWait(ms: number, error: DoorbellError): void {
    void this.#progress.clear();
    void this.#terminal.err.write(`${describe(error)} Again in ${(ms / 1000).toFixed(1)} s.\n`);
  }

  #soFar(): string {
    return `${counted(this.#events, 'event')} ${this.#events === 1 ? 'is' : 'are'} in the log.`;
  }
}

/** What the server says of a line of its request, said of the line that this is in the input. */
function inInput(message: string, { sent, cause }: SendingFailed, lines: readonly Line[]): string {
  const { field = '' } = (cause instanceof DoorbellError && cause.problem) || {};
  const [, line, index] = /^(?:line (\d+)|\[(\d+)\]\.data)$/.exec(field) ?? [];
  const place = line === undefined ? Number(index) : Number(line) - 1;
  const number = lines[sent + place]?.number;
  return number === undefined || !message.startsWith(field)
    ? message
    : `Line ${number}${message.slice(field.length)}`;
}

const NOTHING: Total = { first: null, last: null, count: 0, duplicates: 0 };

function summary(channel: string, events: number, total: Total | undefined): string {
  if (!total) return 'There was nothing to publish.';
  const { first, last, duplicates } = total;
  const where = first === null || first === last ? `up to vid ${last}` : `vid ${first} to ${last}`;
  const known = duplicates === 0 ? '' : `, ${duplicates} of them before now`;
  return `${counted(events, 'event')} in ${channel}, ${where}${known}`;
}

/** The lines up to the first that has no id where one is asked for. */
function allOutgoing(
  lines: readonly Line[],
  options: Options,
): { readonly events: readonly Outgoing[]; readonly fault?: Failure } {
  const events: Outgoing[] = [];
  for (const line of lines) {
    try {
      events.push(outgoing(line, options));
    } catch (fault) {
      if (fault instanceof Failure) return { events, fault };
      throw fault;
    }
  }
  return { events };
}

function outgoing(line: Line, options: Options): Outgoing {
  const id = options.id ?? memberOf(line, options.idFrom);
  const key = options.key ?? memberOf(line, options.keyFrom);
  const { expect } = options;
  return {
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key }),
    ...(expect === undefined ? {} : { expect }),
    data: line.text,
  };
}

function memberOf({ number, value }: Line, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const isObject = typeof value === 'object' && value !== null;
  const found = isObject ? (value as Record<string, unknown>)[name] : undefined;
  if (typeof found === 'string' || typeof found === 'number') return String(found);
  throw new Failure(EXIT.failed, `Line ${number} has no text or number at "${name}".`);
}

function invalidLines({ text, skipInvalid }: Options): InvalidLines {
  return text ? 'text' : skipInvalid ? 'skip' : 'stop';
}

function lineOf(text: string, options: Options): Line {
  try {
    return { number: 1, text, value: JSON.parse(text) };
  } catch {
    if (options.text) return textLine(1, text);
    throw new Failure(
      EXIT.usage,
      `The event is not JSON. Text needs quotes of its own, '"hello"', or --text.`,
    );
  }
}
