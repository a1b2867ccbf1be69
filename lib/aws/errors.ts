/** AWS errors, recognised by name here and nowhere else. What is not recognised passes through untouched. */

import { PushError } from '../errors.ts';

/** There are too many calls. Of the sources below. */
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
];
/** Try again later: throttling, a server's fault, or no answer in time. Sources: DynamoDB "Error handling", SQS API "Common errors", Smithy. */
const TRANSIENT = new Set([
  ...THROTTLED,
  'InternalServerError',
  'InternalFailure',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  // A table that is being made anew: gone for now.
  'ResourceNotFoundException',
  'ResourceInUseException',
  // A mailbox whose CreateQueue was answered too late is made again with the next poll, under a new name.
  'QueueNameExists',
  'QueueAlreadyExists',
]);
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
]);

/** Awaits an AWS call; a transient failure becomes `unavailable`, with `retryAfter` (s) where the answer has it; any other keeps its name. */
export async function calling<T>(service: 'DynamoDB' | 'SQS' | 'SSM', call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isTransient(error)) throw tellable(service, error);
    const message = `${service} cannot be reached or is busy. Try again.`;
    throw new PushError('unavailable', message, retryAfterOf(error), error);
  }
}

/** What the answer says of when to come again. DynamoDB on AWS says nothing; the emulator does while its disk is full. */
function retryAfterOf(error: unknown): { readonly retryAfter?: number } {
  const { headers } = ((error as { $response?: unknown }).$response ?? {}) as {
    readonly headers?: Readonly<Record<string, string>>;
  };
  const text = headers?.['retry-after'] ?? '';
  return /^\d{1,4}$/.test(text) ? { retryAfter: Math.max(1, Number(text)) } : {};
}

/**
 * What AWS says of a call that it refuses may repeat the call: its values, or with a wrong signature all its headers, the session token among
 * them. An error ends in the log, so only what is not allowed to whom keeps its words; the request's id finds the rest at AWS.
 */
function tellable(service: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('$metadata' in error) || error.name.startsWith('AccessDenied'))
    return error;
  const { requestId = 'unknown' } = (error.$metadata ?? {}) as { readonly requestId?: string };
  const told = new Error(`${service} refused the call (request ${requestId})`);
  told.name = error.name;
  return told;
}

export function isThrottled(error: unknown): boolean {
  return error instanceof Error && THROTTLED.includes(error.name);
}

export function isConditionFailed(error: unknown): boolean {
  return nameOf(error) === 'ConditionalCheckFailedException';
}

/** `QueueDoesNotExist` in the JSON protocol; the long name in the older query protocol, which some emulators still speak. */
export function isQueueGone(error: unknown): boolean {
  const name = nameOf(error);
  return name === 'QueueDoesNotExist' || name === 'AWS.SimpleQueueService.NonExistentQueue';
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = '$metadata' in error ? statusOf(error.$metadata) : undefined;
  const network = 'code' in error && typeof error.code === 'string' && NETWORK.has(error.code);
  return TRANSIENT.has(error.name) || network || (status !== undefined && status >= 500);
}

function statusOf(metadata: unknown): number | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Awaits a conditional write; false when its condition does not hold. */
export async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}
