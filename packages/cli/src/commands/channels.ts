/** `doorbell channels`: those that the token may read. */

import { Command } from 'commander';
import { type ChannelsAnswer, LIMITS } from '../../../../lib/protocol/doorbell.ts';
import type { Connection } from '../../../client/src/index.ts';
import { ask, type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { EXIT_CODES_HELP } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { jsonLine, plain } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly json?: true;
}

export function channelsCommand(terminal: Terminal): Command {
  const { out, err, interrupted } = terminal;
  const command = new Command('channels')
    .summary('list the channels that the token may read')
    .description(
      'List the channels that the token may read, one a line. A new one appears about a second after its first event.',
    )
    .option('--json', 'print a line of JSON each')
    .addHelpText('after', `\nExample: doorbell channels | xargs doorbell tail\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (options: Options) => {
    let any = false;
    for await (const entry of channelsOf(await connectionOf(options, terminal), interrupted)) {
      any = true;
      await out.write(`${options.json ? jsonLine(entry) : plain(entry.channel)}\n`);
    }
    if (!any && err.isTTY) await err.write('There are none yet, or none that the token may read.\n');
  });
}

async function* channelsOf(
  connection: Connection,
  signal: AbortSignal,
): AsyncGenerator<ChannelsAnswer['channels'][number], void, void> {
  let after: string | null = '';
  do {
    const query = new URLSearchParams({ limit: String(LIMITS.maxChannels), ...(after && { after }) });
    const page: ChannelsAnswer = await ask(connection, `/v1/channels?${query}`, signal);
    yield* page.channels;
    after = page.next;
  } while (after !== null);
}
