/**
 * DynamoDB in this very process: dynalite's tables and operations without its HTTP server. A hub makes a call for every block, and the server, a socket whose
 * other end is in the same process, and LevelDB's way of reading by another thread each cost as much as all the rest of a small call.
 */
import { createRequire } from 'node:module';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
// Not what dynalite exports: its version is fixed in package.json.
import type { Failure, Store } from 'dynalite/db/index.js';
import { checkTypes, checkValidations, type Shape } from 'dynalite/validations/index.js';
import { reasonOf } from './level-store.ts';
import { StoreDown, type StoreOptions, TableStore } from './table-store.ts';

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
  readonly #tables: TableStore;
  readonly #loaded: ReadonlyMap<string, Loaded>;
  #closing = false;

  private constructor(tables: TableStore) {
    this.#tables = tables;
    this.#loaded = new Map(OPERATIONS.map((name) => [name, loaded(name)]));
  }

  /** Tables are kept in the folder `path`, and in memory when there is none. Throws why they cannot be. */
  static async open(path?: string, options: StoreOptions = {}): Promise<Dynamodb> {
    return new Dynamodb(await TableStore.open(path, options));
  }

  /** False while nothing is read or written. */
  get isUp(): boolean {
    return this.#tables.isUp;
  }

  /**
   * An operation by AWS's name, its input and output as DynamoDB's own JSON: as the SDK has them, but for binary values and times. Throws
   * `DynamoDBServiceException` with DynamoDB's name and status: `InternalServerError` when the store fails or is closing, `ServiceUnavailable` while it
   * cannot be written. What dynalite throws within a callback of its own ends the process, as it does with dynalite's server.
   */
  async call(name: string, input: object): Promise<object> {
    if (this.#closing) throw exception(500, 'InternalServerError', 'The emulator is closing.');
    const known = this.#loaded.get(name);
    if (!known) throw exception(400, 'UnknownOperationException', `${name} is not an operation here.`);
    const { operation, shape } = known;
    try {
      return await this.#tables.use(async (store) => {
        // As it would come over a socket. dynalite changes what it is given.
        const data = checkTypes(JSON.parse(JSON.stringify(input)), shape.types);
        checkValidations(data, shape.types, shape.custom, store);
        return await new Promise((resolve, reject) => {
          operation(store, data, (failure, output) => (failure ? reject(failure) : resolve(output || {})));
        });
      });
    } catch (error) {
      throw refusal(error as Failure);
    }
  }

  /** Lets the calls under way end, and refuses those that come later. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#tables.close();
  }
}

function loaded(name: string): Loaded {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  return { operation: load(`dynalite/actions/${file}`), shape: load(`dynalite/validations/${file}`) };
}

/** What dynalite refuses has a status and the body of an answer: `{"__type":"com.amazonaws.dynamodb.v20120810#…","message":"…"}`, or `Message`. */
function refusal(failure: Failure): DynamoDBServiceException {
  // Why was said once, by the store itself.
  if (failure instanceof StoreDown)
    return exception(503, 'ServiceUnavailable', 'The store cannot be written.');
  const { statusCode, body } = failure;
  if (statusCode !== undefined && body !== undefined)
    return exception(statusCode, body.__type.split('#').at(-1) ?? '', body.message ?? body.Message ?? '');
  // A full disk, or a mistake: nobody who is told to try again would say so.
  console.error(`The DynamoDB emulator failed: ${reasonOf(failure)}`);
  return exception(500, 'InternalServerError', 'The emulator failed.');
}

function exception(httpStatusCode: number, name: string, message: string): DynamoDBServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new DynamoDBServiceException({ name, message, $fault, $metadata: { httpStatusCode } });
}
