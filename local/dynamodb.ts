/**
 * DynamoDB in this very process: dynalite's tables and operations without its HTTP server. A hub makes a call for every block, and the server, a socket whose
 * other end is in the same process, and LevelDB's way of reading by another thread each cost as much as all the rest of a small call.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
// Not what dynalite exports: its version is fixed in package.json.
import { create, type Failure, type Store } from 'dynalite/db/index.js';
import type { Operation, Shape } from 'dynalite/operation';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';

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

interface Loaded {
  readonly operation: Operation;
  readonly shape: Shape;
}

export class Dynamodb {
  readonly #store: Store;
  readonly #loaded: ReadonlyMap<string, Loaded>;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(store: Store) {
    this.#store = store;
    this.#loaded = new Map(OPERATIONS.map((name) => [name, loaded(name)]));
  }

  /** Tables are kept in the folder `path`, and in memory when there is none. */
  static async open(path?: string): Promise<Dynamodb> {
    if (path !== undefined) await mkdir(path, { recursive: true });
    const store = create(path === undefined ? INSTANT : { ...INSTANT, path });
    const { db } = store;
    await db.open();
    // What dynalite reads is in memory, or in the system's: there is nothing to wait for.
    db.get = (key, done) => {
      try {
        const value = db.getSync(key);
        queueMicrotask(() => done(null, value));
      } catch (error) {
        queueMicrotask(() => done(error as Failure));
      }
    };
    return new Dynamodb(store);
  }

  /**
   * An operation by AWS's name, its input and output as the SDK has them, which but for binary values is DynamoDB's own JSON. The input is copied. Throws the
   * exceptions of the SDK.
   */
  call(operation: string, input: object): Promise<object> {
    const call = this.#call(operation, input).finally(() => this.#underWay.delete(call));
    this.#underWay.add(call);
    return call;
  }

  async #call(name: string, input: object): Promise<object> {
    const known = this.#loaded.get(name);
    if (!known) throw exception(400, 'UnknownOperationException', `${name} is not an operation here.`);
    const { operation, shape } = known;
    try {
      const data = checkTypes(JSON.parse(JSON.stringify(input)), shape.types);
      checkValidations(data, shape.types, shape.custom, this.#store);
      return await new Promise((resolve, reject) => {
        operation(this.#store, data, (failure, output) => (failure ? reject(failure) : resolve(output)));
      });
    } catch (error) {
      throw refusal(error as Failure);
    }
  }

  /** Lets the calls under way end. Those that come later fail. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#store.db.close();
  }
}

function loaded(name: string): Loaded {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  return { operation: load(`dynalite/actions/${file}`), shape: load(`dynalite/validations/${file}`) };
}

/** What dynalite refuses has a status and the body of an answer: `{"__type":"com.amazonaws.dynamodb.v20120810#…","message":"…"}`, or `Message`. */
function refusal(failure: Failure): Error {
  const { statusCode, body } = failure;
  if (statusCode === undefined || body === undefined) return failure;
  return exception(statusCode, body.__type.split('#').at(-1) ?? '', body.message ?? body.Message ?? '');
}

function exception(httpStatusCode: number, name: string, message: string): DynamoDBServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new DynamoDBServiceException({ name, message, $fault, $metadata: { httpStatusCode } });
}
