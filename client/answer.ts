/**
 * The border: what came over the wire, unknown until it was looked at, becomes a typed value or undefined.
 * Members that this version does not know are left alone, so that a newer server can add some. Pure.
 */
import type { PollAnswer, Problem, PublishAnswer } from '../lib/protocol.ts';

/** Any object may have these members, and each may be anything. */
type Unknowns<T> = { readonly [K in keyof T]?: unknown };

/** A poll's answers, or undefined when the value is something else. */
export function readPollAnswers(value: unknown): readonly PollAnswer[] | undefined {
  const { channels } = fields<{ channels: unknown }>(value);
  return Array.isArray(channels) && channels.every(isPollAnswer) ? channels : undefined;
}

/** A publish's answer, or undefined when the value is not one. */
export function readPublishAnswer(value: unknown): PublishAnswer | undefined {
  return isCount(fields<PublishAnswer>(value).last) ? (value as PublishAnswer) : undefined;
}

/** Problem details, or undefined. Only `detail` must be there. */
export function readProblem(value: unknown): Problem | undefined {
  return fields<Problem>(value).detail ? (value as Problem) : undefined;
}

function isPollAnswer(value: unknown): value is PollAnswer {
  const { events, maxvid, missed } = fields<PollAnswer>(value);
  return Array.isArray(events) && isCount(maxvid) && isCount(missed);
}

function fields<T>(value: unknown): Unknowns<T> {
  return (value ?? {}) as Unknowns<T>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
