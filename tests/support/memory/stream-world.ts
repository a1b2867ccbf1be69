/** Streams on a process in memory: what their clients would send, in few words. */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { type AppendRequest, appendTo, type Producer } from '../../../lib/streams/append.ts';
import { type CreateRequest, createStream } from '../../../lib/streams/create.ts';
import { deleteStream } from '../../../lib/streams/delete.ts';
import { longPoll } from '../../../lib/streams/long-poll.ts';
import { bodyOf } from '../../../lib/streams/page.ts';
import { readStream } from '../../../lib/streams/read.ts';
import { type MemoryProcess, WAIT_MS } from './world.ts';

const JSON_TYPE = 'application/json';
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export function put(
  { streaming }: MemoryProcess,
  name: string,
  { body = '', ...more }: Partial<Omit<CreateRequest, 'body'>> & { readonly body?: string } = {},
) {
  return createStream(streaming, TRUSTED, {
    name,
    contentType: JSON_TYPE,
    closes: false,
    ...more,
    body: async () => utf8(body),
  });
}

export function post(
  { streaming }: MemoryProcess,
  name: string,
  body: string,
  more: Partial<Omit<AppendRequest, 'body'>> = {},
) {
  return appendTo(streaming, TRUSTED, {
    name,
    contentType: JSON_TYPE,
    closes: false,
    ...more,
    body: async () => utf8(body),
  });
}

/** A batch of a producer that holds its number. */
export function produce(process: MemoryProcess, name: string, producer: Producer) {
  return post(process, name, `"${producer.id}:${producer.epoch}:${producer.seq}"`, { producer });
}

export function remove({ streaming }: MemoryProcess, name: string): Promise<void> {
  return deleteStream(streaming, TRUSTED, name);
}

/** What a read answers, in short. */
export async function get({ streaming }: MemoryProcess, name: string, offset = '-1') {
  const answer = await readStream(streaming, TRUSTED, name, offset);
  return { ...answer, body: text(bodyOf(answer.page, answer.stream.isJson)) };
}

export async function follow(
  { streaming }: MemoryProcess,
  name: string,
  offset: string,
  signal?: AbortSignal,
) {
  const answer = await longPoll(streaming, TRUSTED, { name, offset, waitMs: WAIT_MS }, signal);
  return { ...answer, body: text(bodyOf(answer.page, answer.stream.isJson)) };
}
