/**
 * Calls dynalite in this very process, without a socket. A write to a socket whose other end is in the same process costs more than all the rest of a
 * small call, and a hub makes one for every block.
 */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';

/**
 * One call: an operation's name, and its input and output as the SDK has them, which but for binary values is DynamoDB's own JSON. Rejects with the
 * exceptions of the SDK.
 */
export type InProcess = (operation: string, input: object) => Promise<object>;

/** dynalite looks whether a call is signed, and not by whom. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '20260101T000000Z',
};

/** As much of Node's request as dynalite reads: the head, and then the body in one piece. */
class EmulatorRequest extends EventEmitter {
  readonly method = 'POST';
  readonly url = '/';
  readonly headers: Readonly<Record<string, string>>;

  constructor(operation: string) {
    super();
    this.headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
  }
}

/** As much of Node's response as dynalite writes: a status, headers, and a body at the end. */
class EmulatorResponse {
  statusCode = 200;
  readonly #done: (status: number, body: string) => void;

  constructor(done: (status: number, body: string) => void) {
    this.#done = done;
  }

  setHeader(): void {}

  end(body = ''): void {
    this.#done(this.statusCode, body);
  }
}

/** For dynalite's server, which takes the body's pieces before it waits for anything, and answers in one piece. */
export function inProcess(server: Server): InProcess {
  return (operation, input) =>
    new Promise((resolve, reject) => {
      const request = new EmulatorRequest(operation);
      const response = new EmulatorResponse((status, body) => {
        if (status === 200) resolve(JSON.parse(body));
        else reject(exceptionOf(status, body));
      });
      server.emit('request', request, response);
      request.emit('data', Buffer.from(JSON.stringify(input)));
      request.emit('end');
    });
}

/** `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"…"}`, the message in small or capital. */
function exceptionOf(httpStatusCode: number, body: string): DynamoDBServiceException {
  const { __type = '', message, Message = message } = JSON.parse(body || '{}') as Record<string, string>;
  return new DynamoDBServiceException({
    name: __type.split('#').at(-1) || 'UnknownError',
    message: Message ?? '',
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode },
  });
}
