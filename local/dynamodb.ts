/**
 * DynamoDB in this very process: dynalite's tables and operations without its HTTP server. A hub makes a call for every block, and the server, a socket whose
 * other end is in the same process, and LevelDB's way of reading by another thread each cost as much as all the rest of a small call.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
// Not what dynalite exports: its version is fixed in package.json.
import { create, type Failure, type Store } from 'dynalite/db/index.js';
import { checkTypes, checkValidations, type Shape } from 'dynalite/validations/index.js';

const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
];
const INSTANT = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 };

const load = createRequire(import.meta.url);

/** What each file of dynalite's `actions` and `validations` has. */
interface Loaded {
  readonly operation: (
    store: Store,
    data: object,
    done: (failure: Failure | null, output: object | '') => void,
  ) => void;
  readonly shape: Shape;
}

export class Dynamodb {
  readonly #store: Store;
  readonly #loaded: ReadonlyMap<string, Loaded>;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing = false;

  private constructor(store: Store) {
    this.#store = store;
    this.#loaded = new Map(OPERATIONS.map((name) => [name, loaded(name)]));
  }

  /** Tables are kept in the folder `path`, and in memory when there is none. Throws why they cannot be. */
  static async open(path?: string): Promise<Dynamodb> {
    if (path !== undefined) await mkdir(path, { recursive: true });
    const store = create(path === undefined ? INSTANT : { ...INSTANT, path });
    await store.db.open().catch((error: Error) => {
      throw new Error(reasonOf(error), { cause: error });
    });
    readAtOnce(store.db);
    closeIterators(store.db);
    return new Dynamodb(store);
  }

  /**
   * An operation by AWS's name, its input and output as DynamoDB's own JSON: as the SDK has them, but for binary values and times. Throws
   * `DynamoDBServiceException` with DynamoDB's name and status; `InternalServerError` when the store fails or is closing. What dynalite throws
   * within a callback of its own ends the process, as it does with dynalite's server.
   */
  call(operation: string, input: object): Promise<object> {
    const call = this.#call(operation, input).finally(() => this.#underWay.delete(call));
    this.#underWay.add(call);
    return call;
  }

  async #call(name: string, input: object): Promise<object> {
    if (this.#closing) throw exception(500, 'InternalServerError', 'The emulator is closing.');
    const known = this.#loaded.get(name);
    if (!known) throw exception(400, 'UnknownOperationException', `${name} is not an operation here.`);
    const { operation, shape } = known;
    try {
      // As it would come over a socket. dynalite changes what it is given.
      const data = checkTypes(JSON.parse(JSON.stringify(input)), shape.types);
      checkValidations(data, shape.types, shape.custom, this.#store);
      return await new Promise((resolve, reject) => {
        operation(this.#store, data, (failure, output) =>
          failure ? reject(failure) : resolve(output || {}),
        );
      });
    } catch (error) {
      throw refusal(error as Failure);
    }
  }

  /** Lets the calls under way end, and refuses those that come later. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#underWay);
    await this.#store.db.close();
  }
}

function loaded(name: string): Loaded {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  return { operation: load(`dynalite/actions/${file}`), shape: load(`dynalite/validations/${file}`) };
}

/** By LevelDB's other thread and back takes ten times as long as reading what is in memory or in the system's. What is on disk only holds up this one. */
function readAtOnce(db: Store['db']): void {
  db.get = (key, done) => {
    try {
      const value = db.getSync(key);
      queueMicrotask(() => done(null, value));
    } catch (error) {
      queueMicrotask(() => done(error as Failure));
    }
  };
}

/** dynalite's streams end an iterator by `return`, which LevelDB's do not have: each Query and Scan would leave one open for good. */
function closeIterators(db: Store['db']): void {
  for (const kind of ['keys', 'values'] as const) {
    const iterate = db[kind].bind(db);
    db[kind] = (options) => {
      const iterator = iterate(options);
      return Object.assign(iterator, { return: () => iterator.close() });
    };
  }
}

/** What dynalite refuses has a status and the body of an answer: `{"__type":"com.amazonaws.dynamodb.v20120810#…","message":"…"}`, or `Message`. */
function refusal(failure: Failure): DynamoDBServiceException {
  const { statusCode, body } = failure;
  if (statusCode !== undefined && body !== undefined)
    return exception(statusCode, body.__type.split('#').at(-1) ?? '', body.message ?? body.Message ?? '');
  // A full disk, or a mistake: nobody who is told to try again would say so.
  console.error(`The DynamoDB emulator failed: ${reasonOf(failure)}`);
  return exception(500, 'InternalServerError', 'The emulator failed.');
}

/** LevelDB's own words are in the cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function exception(httpStatusCode: number, name: string, message: string): DynamoDBServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new DynamoDBServiceException({ name, message, $fault, $metadata: { httpStatusCode } });
}
