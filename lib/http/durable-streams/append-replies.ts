/** What is answered to an append, and to a close: POST of a stream. */

import type { Caller } from '../../auth/caller.ts';
import { PushError } from '../../errors.ts';
import type { ProblemCode } from '../../protocol/problems.ts';
import { type AppendAnswer, appendTo } from '../../streams/append.ts';
import type { StreamWritePorts } from '../../streams/ports.ts';
import { type ProblemPorts, problemAnswer } from '../problem.ts';
import { HEADERS } from './headers.ts';
import { type Header, isTrue, producerParam, seqParam, streamName } from './params.ts';
import type { StreamReply } from './reply.ts';

/** A writer's request, as it came. */
export interface AppendCall {
  /** As the address says it. */
  readonly name: string;
  /** The address without its query, for problems. */
  readonly path: string;
  readonly header: Header;
  /** Reads the body, once the caller is known to be allowed to write. */
  body(): Promise<Uint8Array>;
}

const NO_HEADERS = {};

/** Throws as `appendTo`, and `bad-parameter` for a name or a header. */
export async function appendReply(
  ports: StreamWritePorts & ProblemPorts,
  caller: Caller,
  { name, path, header, body }: AppendCall,
): Promise<StreamReply> {
  const producer = producerParam(header);
  const seq = seqParam(header);
  const answer = await appendTo(ports, caller, {
    name: streamName(name),
    contentType: header('content-type'),
    closes: isTrue(header(HEADERS.closed)),
    ...(producer ? { producer } : {}),
    ...(seq === undefined ? {} : { seq }),
    body,
  });
  if (answer.kind !== 'appended' && answer.kind !== 'duplicate')
    return refused(ports, path, answer, producer?.seq ?? 0);
  const status = answer.kind === 'appended' && answer.producer && !answer.isBare ? 200 : 204;
  const own = {
    [HEADERS.nextOffset]: answer.nextOffset,
    ...(answer.isClosed ? { [HEADERS.closed]: 'true' } : {}),
    ...(answer.producer
      ? {
          [HEADERS.producerEpoch]: String(answer.producer.epoch),
          [HEADERS.producerSeq]: String(answer.producer.seq),
        }
      : {}),
  };
  return { status, headers: NO_HEADERS, own, body: null };
}

function refused(ports: ProblemPorts, path: string, answer: AppendAnswer, received: number): StreamReply {
  const { code, message, headers } = refusal(answer, received);
  const problem = problemAnswer(new PushError(code, message), path, ports);
  const { status, body } = problem;
  return { status, headers: { ...problem.headers, ...headers }, body };
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
