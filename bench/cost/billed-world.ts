/** A stack in memory whose calls are billed: processes on it are put together as on AWS. */

import { CursorsTable } from '../../lib/aws/dynamodb/cursors-table.ts';
import { EventsTable } from '../../lib/aws/dynamodb/events-table.ts';
import { IdDigestsTable } from '../../lib/aws/dynamodb/id-digests-table.ts';
import { StatesTable } from '../../lib/aws/dynamodb/states-table.ts';
import { WaitersTable } from '../../lib/aws/dynamodb/waiters-table.ts';
import { Appender } from '../../lib/log/append/appender.ts';
import { type NewEvent, newEvent } from '../../lib/log/block.ts';
import { HeadReader } from '../../lib/log/read/head-reader.ts';
import { MemoryLogger, MemoryMeter, replacing } from '../../tests/support/memory/doubles.ts';
import { memoryClients } from '../../tests/support/memory/memory-clients.ts';
import { MemoryDynamo } from '../../tests/support/memory/memory-dynamo.ts';
import { MemorySqs } from '../../tests/support/memory/memory-sqs.ts';
import { FakeClock, SeededRandom } from '../../tests/support/time/clock.ts';
import { add, NOTHING, type Units, unitsOf } from './units.ts';

const WEEK_MS = 7 * 24 * 3_600_000;
const TABLES = { events: 'vid', cursors: 'client', waiters: 'mailbox', states: 'key' };

export interface Billed {
  readonly units: Units;
  readonly calls: number;
}

export class BilledWorld {
  readonly clock = new FakeClock();
  readonly dynamo = new MemoryDynamo(this.clock, TABLES);
  readonly #sqs = new MemorySqs(this.clock);
  readonly #random = new SeededRandom(1);
  #billed: Billed = { units: NOTHING, calls: 0 };

  /** A process that knows nothing yet. */
  process() {
    const { dynamo: client } = memoryClients(
      { dynamo: this.dynamo, sqs: this.#sqs },
      async ({ name, input }, act) => {
        const output = await act(input);
        const [operation = ''] = name.split(' ');
        const call = { operation, input, sentBytes: 0 };
        this.#billed = {
          units: add(this.#billed.units, unitsOf(call, { output, receivedBytes: 0 })),
          calls: this.#billed.calls + 1,
        };
        return output;
      },
    );
    const log = new EventsTable({ client, table: 'events' });
    const digests = new IdDigestsTable({ client, table: 'events' });
    const { clock } = this;
    // A writer's rest passes at once: nobody else moves the clock meanwhile.
    const sleep = async (ms: number) => clock.jump(ms);
    const common = {
      clock: replacing(clock, { sleep }),
      random: this.#random,
      logger: new MemoryLogger(),
      meter: new MemoryMeter(),
    };
    return {
      log,
      appender: new Appender({ ...common, log, records: log, digests, retentionMs: WEEK_MS }),
      headReader: new HeadReader({ log, records: log, clock }),
      cursors: new CursorsTable({ client, table: 'cursors', keepMs: WEEK_MS }),
      waiters: new WaitersTable({ client, table: 'waiters' }),
      states: new StatesTable({ client, table: 'states', clock }),
      clock,
    };
  }

  /** What the work is billed as. */
  async bill(work: () => Promise<unknown>): Promise<Billed> {
    this.#billed = { units: NOTHING, calls: 0 };
    await work();
    return this.#billed;
  }
}

/** The same, each of the next of `keys` keys. */
export function keyedFrom(first: number, count: number, bytes: number, keys: number): readonly NewEvent[] {
  return eventsFrom(first, count, bytes).map(({ id, data }, i) =>
    newEvent(id, data, `sensor-${(first + i) % keys}`),
  );
}

/** Events of so many bytes, whose ids are their numbers from `first` on. */
export function eventsFrom(first: number, count: number, bytes: number): readonly NewEvent[] {
  return Array.from({ length: count }, (_, i) =>
    newEvent(`0198f3c1-6f2a-7000-8000-${String(first + i).padStart(12, '0')}`, 'x'.repeat(bytes - 2)),
  );
}
