/** PUT, POST and DELETE /v1/stream/{path}: making, appending and closing, deleting. */

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { PushError } from '../../errors.ts';
import type { ProblemCode } from '../../protocol/problems.ts';
import { type AppendAnswer, appendTo } from '../../streams/append.ts';
import { createStream } from '../../streams/create.ts';
import { deleteStream } from '../../streams/delete.ts';
import type { StreamWritePorts } from '../../streams/ports.ts';
import type { Logger } from '../../telemetry/ports.ts';
import type { Mount } from '../app.ts';
import type { Variables } from '../middleware/authenticate.ts';
import { problemAnswer } from '../problem.ts';
import { ROUTES } from '../routes.ts';
import { bodyBytes } from '../v1/body.ts';
import { HEADERS } from './headers.ts';
import {
  contentTypeParam,
  endParams,
  forkParam,
  isTrue,
  producerParam,
  seqParam,
  streamName,
} from './params.ts';

type StreamContext = Context<{ Variables: Variables }>;

export interface StreamRoutePorts extends StreamWritePorts {
  readonly logger: Logger;
  /** As `PublishRoutePorts.admit`. */
  readonly admit?: (principal: string | undefined) => () => void;
}

export function streamWriteRoutes(ports: StreamRoutePorts): Mount {
  return (app) => {
    app.put(ROUTES.stream.path, (c) => put(c, ports));
    app.post(ROUTES.stream.path, (c) => post(c, ports));
    app.delete(ROUTES.stream.path, async (c) => {
      await deleteStream(ports, c.var.caller, nameOf(c));
      return c.body(null, 204);
    });
  };
}

async function put(c: StreamContext, ports: StreamRoutePorts): Promise<Response> {
  const header = (name: string) => c.req.header(name);
  const fork = forkParam(header);
  const name = nameOf(c);
  const { isNew, contentType, nextOffset, isClosed } = await createStream(ports, c.var.caller, {
    name,
    contentType: contentTypeParam(header),
    ...endParams(header),
    ...(fork ? { fork } : {}),
    closes: isTrue(header(HEADERS.closed)),
    body: () => bodyOf(c, ports),
  });
  return c.body(null, isNew ? 201 : 200, {
    'Content-Type': contentType,
    [HEADERS.nextOffset]: nextOffset,
    ...(isClosed ? { [HEADERS.closed]: 'true' } : {}),
    ...(isNew ? { Location: urlOf(c) } : {}),
  });
}

async function post(c: StreamContext, ports: StreamRoutePorts): Promise<Response> {
  const header = (name: string) => c.req.header(name);
  const producer = producerParam(header);
  const seq = seqParam(header);
  const answer = await appendTo(ports, c.var.caller, {
    name: nameOf(c),
    contentType: header('content-type'),
    closes: isTrue(header(HEADERS.closed)),
    ...(producer ? { producer } : {}),
    ...(seq === undefined ? {} : { seq }),
    body: () => bodyOf(c, ports),
  });
  if (answer.kind !== 'appended' && answer.kind !== 'duplicate')
    return refused(c, ports, answer, producer?.seq ?? 0);
  const status = answer.kind === 'appended' && answer.producer && !answer.isBare ? 200 : 204;
  return c.body(null, status, {
    [HEADERS.nextOffset]: answer.nextOffset,
    ...(answer.isClosed ? { [HEADERS.closed]: 'true' } : {}),
    ...(answer.producer
      ? {
          [HEADERS.producerEpoch]: String(answer.producer.epoch),
          [HEADERS.producerSeq]: String(answer.producer.seq),
        }
      : {}),
  });
}

function refused(
  c: StreamContext,
  ports: StreamRoutePorts,
  answer: AppendAnswer,
  received: number,
): Response {
  const { code, message, headers } = refusal(answer, received);
  const problem = problemAnswer(new PushError(code, message), c.req.path, ports);
  const { status, body } = problem;
  return c.body(body, status as ContentfulStatusCode, { ...problem.headers, ...headers });
}

function refusal(
  answer: AppendAnswer,
  received: number,
): {
  readonly code: ProblemCode;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const end = { [HEADERS.nextOffset]: answer.nextOffset };
  switch (answer.kind) {
    case 'closed':
      return {
        code: 'closed',
        message: 'The stream is closed.',
        headers: { ...end, [HEADERS.closed]: 'true' },
      };
    case 'fenced':
      return {
        code: 'fenced',
        message: `The producer is in epoch ${answer.epoch} by now. Take a higher one, and begin with sequence number 0.`,
        headers: { [HEADERS.producerEpoch]: String(answer.epoch) },
      };
    case 'bad-start':
      return {
        code: 'bad-parameter',
        message: 'A new Producer-Epoch must begin with Producer-Seq 0.',
        headers: {},
      };
    case 'gap':
      return {
        code: 'conflict',
        message: `Producer-Seq ${answer.expected} comes next, got ${received}.`,
        headers: {
          [HEADERS.expectedSeq]: String(answer.expected),
          [HEADERS.receivedSeq]: String(received),
        },
      };
    default:
      return { code: 'conflict', message: 'Stream-Seq must come after the last one.', headers: end };
  }
}

function nameOf(c: StreamContext): string {
  return streamName(c.req.param('path') ?? '');
}

async function bodyOf(c: StreamContext, { admit }: StreamRoutePorts): Promise<Uint8Array> {
  const release = admit?.(c.var.caller.principal);
  try {
    return await bodyBytes({
      declared: c.req.header('content-length'),
      whole: () => c.req.arrayBuffer(),
      pieces: () => c.req.raw.body ?? [],
    });
  } finally {
    release?.();
  }
}

/** As the client knows the stream: by the host that it asked. */
function urlOf(c: StreamContext): string {
  const { protocol, host, pathname } = new URL(c.req.url);
  const forwarded = c.req.header('x-forwarded-proto');
  const scheme = forwarded === 'https' || forwarded === 'http' ? `${forwarded}:` : protocol;
  return `${scheme}//${c.req.header('host') ?? host}${pathname}`;
}
