/** `doorbell schema`: what the data of a channel's events must be. */

import { Argument, Command } from 'commander';
import { channelName } from '../arguments.ts';
import { ask, type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { EXIT_CODES_HELP } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { plain } from '../text.ts';

const HELP = `
Examples:
  doorbell schema doors                     the JSON Schema that its data is held to
  doorbell schema doors > door.schema.json

A channel without a schema takes any data, and ends the command with 1.`;

export function schemaCommand(terminal: Terminal): Command {
  const command = new Command('schema')
    .summary("print what the data of a channel's events must be")
    .description("Print the JSON Schema that the data of a channel's events must fit to be published.")
    .addArgument(new Argument('<channel>', 'whose').argParser(channelName))
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (channel: string, options: ConnectionOptions) => {
    const connection = await connectionOf(options, terminal);
    const schema = await ask<unknown>(connection, `/v1/channels/${channel}/schema`, terminal.interrupted);
    const lines = JSON.stringify(schema, null, 2).split('\n');
    await terminal.out.write(`${lines.map(plain).join('\n')}\n`);
  });
}
