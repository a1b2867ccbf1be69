/**
 * `subscribe`, `publish` and `publishAll` with a `schema`: any Standard Schema, from which the types follow. Not a part of client.js, in which each byte counts:
 * it lies beside it.
 *
 *     const doors = subscribe('doors', { schema: Door, onMisfit: (event, issues) => report(event.vid, issues) });
 */
import type { PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import {
  DoorbellError,
  type PublishOptions,
  publish as publishAny,
  type SubscribeOptions,
  type Subscription,
  subscribe as subscribeAny,
} from './index.ts';
import { type PublishAllOptions, publishAll as publishAllAny, type Values } from './publish-all.ts';
import {
  checked,
  type InputOf,
  issuesOf,
  misfit,
  type OutputOf,
  type Schema,
  type Typed,
} from './standard-schema.ts';

export type { InputOf, Issue, OnMisfit, OutputOf, Schema } from './standard-schema.ts';

export interface TypedSubscribeOptions<S extends Schema>
  extends Omit<SubscribeOptions, 'parse'>,
    Pick<Typed<OutputOf<S>>, 'onMisfit'> {
  /** Checks the `data` of events, and makes of it what the handlers are given. */
  readonly schema: S;
}

/**
 * As `subscribe` of the client, with data of the schema's type. An event whose data does not fit is told to `onMisfit` and passed over; without `onMisfit` it ends
 * the subscription. `data: null`, which deletes a key, is checked as any other: let the schema take null where keys are deleted.
 */
export function subscribe<S extends Schema>(
  channels: string | readonly string[],
  { schema, onMisfit, ...options }: TypedSubscribeOptions<S>,
): Subscription<OutputOf<S>> {
  return subscribeAny<OutputOf<S>>(channels, { ...options, parse: parseBy({ schema, onMisfit }) });
}

/** The option `parse` of a subscription, made of a schema. */
export function parseBy<T>(typed: Typed<T>): NonNullable<SubscribeOptions<T>['parse']> {
  return async (_, event) => (await checked(typed, event))?.data;
}

/** As `publish` of the client. Throws `bad-request` for data that does not fit, with the issues as its cause: then nothing was sent. What is sent is the data as it is given. */
export async function publish<S extends Schema>(
  channel: string,
  data: InputOf<S>,
  { schema, ...options }: PublishOptions & { readonly schema: S },
): Promise<PublishAnswer> {
  await requireFit(schema, data, 'The data');
  return publishAny(channel, data, options);
}

/**
 * As `publishAll` of the client. A list is checked whole before anything of it is sent; of a stream each value when its turn comes. What does not fit throws
 * `bad-request`, and `appended` says how many events, from the first on, are in the log.
 */
export async function publishAll<S extends Schema>(
  channel: string,
  values: Values<InputOf<S>>,
  { schema, ...options }: PublishAllOptions<InputOf<S>> & { readonly schema: S },
): Promise<PublishAnswer> {
  if (!Array.isArray(values)) return publishAllAny(channel, fitting(schema, values), options);
  for (const [index, value] of values.entries()) await requireFit(schema, value, `Value ${index}`, 0);
  return publishAllAny(channel, values, options);
}

async function* fitting<T>(schema: Schema, values: Values<T>): AsyncGenerator<T, void, void> {
  let index = 0;
  for await (const value of eachOf(values)) {
    await requireFit(schema, value, `Value ${index}`);
    yield value;
    index++;
  }
}

/** Also of a stream in a browser whose streams cannot be iterated. */
function eachOf<T>(values: Values<T>): Iterable<T> | AsyncIterable<T> {
  if (Symbol.iterator in values || Symbol.asyncIterator in values) return values;
  return readOut(values as ReadableStream<T>);
}

async function* readOut<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

async function requireFit(schema: Schema, data: unknown, what: string, appended?: number): Promise<void> {
  const { issues } = await schema['~standard'].validate(data);
  if (!issues) return;
  const { message, cause } = misfit(what, issuesOf(issues));
  const details = { cause, ...(appended === undefined ? {} : { appended }) };
  throw new DoorbellError('bad-request', message, false, details);
}
