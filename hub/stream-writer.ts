/** Server-sent events on one response: what its reader is answered, as frames. Who reads slowly is asked for slowly. */

import type { ServerResponse } from 'node:http';
import { PushError } from '../lib/errors.ts';
import { lastMessage } from '../lib/http/v1/event-stream.ts';
import { Follower, type Following, type Sink } from '../lib/poll/follower.ts';
import { type PollPorts, poll } from '../lib/poll/poll.ts';
import { follow } from '../lib/poll/poll-loop.ts';
import type { DisconnectSignal } from '../lib/poll/wait.ts';
import { narrowFor } from '../lib/poll/wish.ts';
import type { PollAnswer } from '../lib/protocol/doorbell.ts';
import { type Frame, framed, frameOf, type StreamedResponse } from './frames.ts';

export type StreamResponse = ServerResponse & StreamedResponse;

/** A stream that a client has asked for. */
export interface Stream {
  readonly response: StreamResponse;
  readonly disconnect: DisconnectSignal;
  /** Writes the head. */
  begin(): void;
  /** Told of what nobody foresaw; then the stream breaks off. */
  onFault(error: unknown): void;
}

/** Serves the stream. Throws what is wrong with its request, before anything is written: that is answered with a problem. */
export async function streamTo(
  stream: Stream,
  ports: PollPorts,
  following: Omit<Following, 'sink'>,
): Promise<void> {
  const { response, disconnect, begin } = stream;
  const { caller, request, checkToken } = following;
  if (request.client !== undefined) {
    const answers = follow(ports, caller, request, disconnect, async () => checkToken());
    const { value } = await answers.next();
    begin();
    const narrow = value ? isNarrow(following, value) : false;
    if (value) void pipe(stream, value, answers, (answer) => frameOf(answer, narrow));
    else response.end();
    return;
  }
  const [first] = await poll(ports, caller, { ...request, waitMs: 0 }, disconnect);
  if (!first || disconnect.aborted) return;
  begin();
  followFrom(first, stream, ports, following);
}

function followFrom(
  first: PollAnswer,
  { response, disconnect, onFault }: Stream,
  ports: PollPorts,
  following: Omit<Following, 'sink'>,
): void {
  const narrow = isNarrow(following, first);
  const onRoom = () => follower.goOn();
  const sink: Sink = {
    write: (answer) => response.push(frameOf(answer, narrow), onRoom),
    end: (error) => end(response, error, onFault),
  };
  const isFree = sink.write(first);
  const follower: Follower = new Follower(ports, { ...following, sink }, first, isFree);
  disconnect.addEventListener('abort', () => follower.leave());
}

/** Whether its reader is given some events only. */
function isNarrow({ caller, request }: Omit<Following, 'sink'>, { channel }: PollAnswer): boolean {
  return narrowFor(caller, channel, request.narrow) !== undefined;
}

/** Writes the answers one after the other; the next is asked for when the connection has taken the last. */
export async function pipe<A>(
  { response, onFault }: Pick<Stream, 'response' | 'onFault'>,
  first: A,
  answers: AsyncGenerator<A, void>,
  frame: (answer: A) => Frame,
): Promise<void> {
  try {
    for (let next: A | undefined = first; next; next = (await answers.next()).value ?? undefined) {
      const { promise: room, resolve } = Promise.withResolvers<void>();
      if (response.push(frame(next), resolve)) continue;
      response.once('close', resolve);
      await room;
      response.off('close', resolve);
    }
    end(response, undefined, onFault);
  } catch (error) {
    end(response, error, onFault);
  } finally {
    await answers.return().catch(() => undefined);
  }
}

function end(response: StreamResponse, error: unknown, onFault: (error: unknown) => void): void {
  if (error !== undefined && !(error instanceof PushError)) {
    onFault(error);
    response.destroy();
    return;
  }
  const last = error && lastMessage(error);
  if (last !== undefined) response.push(framed(last), () => undefined);
  response.end();
}
