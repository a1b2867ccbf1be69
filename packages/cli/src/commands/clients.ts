/** `doorbell clients`: who reads a channel under a name, and how far each has come. */

import { Argument, Command } from 'commander';
import type { ClientInfo } from '../../../../lib/protocol/doorbell.ts';
import { channelName } from '../arguments.ts';
import { ask, type ConnectionOptions, connecting, connectionOf, heardTime } from '../connection.ts';
import { EXIT_CODES_HELP } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { duration, jsonLine, plain, table } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly json?: true;
}

export function clientsCommand(terminal: Terminal): Command {
  const { out, err, clock, interrupted } = terminal;
  const command = new Command('clients')
    .summary('list who reads a channel, and how far each has come')
    .description(
      'List the readers of a channel that keep a place on the server: how far each has come, and when it was last here.',
    )
    .addArgument(new Argument('<channel>', 'whose').argParser(channelName))
    .option('--json', 'print a line of JSON each')
    .addHelpText('after', `\nExample: doorbell clients doors\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (channel: string, options: Options) => {
    const { connection, now } = heardTime(await connectionOf(options, terminal), clock);
    const path = `/v1/channels/${channel}/clients`;
    const { clients } = await ask<{ readonly clients: readonly ClientInfo[] }>(connection, path, interrupted);
    if (options.json) {
      for (const one of clients) await out.write(`${jsonLine(one)}\n`);
      return;
    }
    // A program is given moments, a person how long ago they were.
    const seen = (at: string) => (out.isTTY ? `${duration(Math.max(0, now() - Date.parse(at)))} ago` : at);
    const rows = clients.map(({ client, maxvid, lag, seenAt }) =>
      [client, String(maxvid), String(lag), seen(seenAt)].map(plain),
    );
    const head = out.isTTY && rows.length > 0 ? [['client', 'maxvid', 'lag', 'seen']] : [];
    await out.write(table([...head, ...rows]));
    if (rows.length === 0 && err.isTTY) await err.write('Nobody reads it under a name.\n');
  });
}
