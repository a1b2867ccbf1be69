/** The tables of a stack as stores. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../aws/clients.ts';
import { ChannelIndex } from '../aws/dynamodb/channel-index.ts';
import { CursorsTable } from '../aws/dynamodb/cursors-table.ts';
import { EventsTable } from '../aws/dynamodb/events-table.ts';
import { ExpectationsTable } from '../aws/dynamodb/expectations-table.ts';
import { IdDigestsTable } from '../aws/dynamodb/id-digests-table.ts';
import { ListedStreams } from '../aws/dynamodb/listed-streams.ts';
import { RedactionsTable } from '../aws/dynamodb/redactions-table.ts';
import { StreamsTable } from '../aws/dynamodb/streams-table.ts';
import type { Kept } from '../channels/transfer.ts';
import { type Environment, required } from '../config.ts';
import type { Clients } from './clients.ts';
import { cursorMs } from './settings.ts';

/** What is kept of the channels: for copying them elsewhere, or from there. */
export function storesOnAws(env: Environment, { dynamo = dynamoClient() }: Clients = {}): Kept {
  const log = eventsTable(env, dynamo);
  const directory = new ChannelIndex({ client: dynamo, table: required(env, 'EVENTS_TABLE') });
  return {
    log,
    records: log,
    directory,
    streams: new ListedStreams({ client: dynamo, table: required(env, 'EVENTS_TABLE') }),
    cursors: cursorsTable(env, dynamo),
  };
}

export function eventsTable(env: Environment, client: DynamoDBClient): EventsTable {
  return new EventsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

export function idDigestsTable(env: Environment, client: DynamoDBClient): IdDigestsTable {
  return new IdDigestsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

export function expectationsTable(env: Environment, client: DynamoDBClient): ExpectationsTable {
  return new ExpectationsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

export function redactionsTable(env: Environment, client: DynamoDBClient): RedactionsTable {
  return new RedactionsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

export function streamsTable(env: Environment, client: DynamoDBClient): StreamsTable {
  return new StreamsTable({ client, table: required(env, 'EVENTS_TABLE') });
}

export function cursorsTable(env: Environment, client: DynamoDBClient): CursorsTable {
  return new CursorsTable({ client, table: required(env, 'CURSORS_TABLE'), keepMs: cursorMs(env) });
}
