/**
 * Who asks, and what their token lets them do. Rights are checked where data is touched: every operation takes a caller and asks here first.
 * What no token allows is refused.
 */

import { PushError } from '../errors.ts';

export interface Caller {
  /** Channels that may be read: names, `prefix.*` or `*`. */
  readonly read: readonly string[];
  /** Channels that may be published to: the same. */
  readonly write: readonly string[];
  /** Streams that may be made, closed, deleted and forked: the same, and `prefix/*`. Absent: none. */
  readonly manage?: readonly string[];
  /** Channels whose events may be had in answers that caches give to others: for what stands before Doorbell and knows who may read. Absent: none. */
  readonly share?: readonly string[];
  /** Channels whose dead letters may be seen, sent back and dropped, and mended where `write` covers them too: names, `prefix.*` or `*`. Absent: none. */
  readonly dead?: readonly string[];
  /** Where present, the only client id whose cursor this caller may use, see and forget. */
  readonly client?: string;
  /** Callers of the same principal share what one may hold: the token's `sub`, or else the token itself. Absent: not counted. */
  readonly principal?: string;
  /** When the token ends: Unix time in ms. Absent: never. */
  readonly untilMs?: number;
}

/** For what IAM has let through already: whoever may send to the ingest queue may publish to any channel. */
export const TRUSTED: Caller = { read: ['*'], write: ['*'], manage: ['*'], share: ['*'] };

/** Throws `forbidden`. */
export function requireRead(caller: Caller, channel: string): void {
  if (!covers(caller.read, channel)) throw forbidden(`The token does not allow to read channel ${channel}.`);
}

/** Throws `forbidden`. */
export function requireWrite(caller: Caller, channel: string): void {
  if (!covers(caller.write, channel))
    throw forbidden(`The token does not allow to publish to channel ${channel}.`);
}

/** Throws `forbidden`. */
export function requireShare(caller: Caller, channel: string): void {
  if (!covers(caller.share ?? [], channel))
    throw forbidden(
      `Channel ${channel} is not shared with this token: ask for it at /v1/channels/${channel}/events.`,
    );
}

/** Throws `forbidden`. */
export function requireManage(caller: Caller, stream: string): void {
  if (!covers(caller.manage ?? [], stream))
    throw forbidden(`The token does not allow to make, close, delete or fork stream ${stream}.`);
}

/** Throws `forbidden`. */
export function requireErase(caller: Caller, channel: string): void {
  if (!covers(caller.manage ?? [], channel))
    throw forbidden(`The token does not allow to redact events of channel ${channel}, or to delete it.`);
}

/** Throws `forbidden`. */
export function requireDead(caller: Caller, channel: string): void {
  if (!covers(caller.dead ?? [], channel))
    throw forbidden(`The token does not allow the dead letters of channel ${channel}.`);
}

/** Throws `forbidden` when the caller's token is bound to another client. */
export function requireClient(caller: Caller, client: string): void {
  if (!isSelf(caller, client)) {
    throw new PushError('forbidden', 'The token is bound to another client id.', {
      field: 'client',
    });
  }
}

/** True when the caller may see and use the cursor of `client`. */
export function isSelf(caller: Caller, client: string): boolean {
  return caller.client === undefined || caller.client === client;
}

/**
 * True when one of the grants names the channel, is `*`, or is `prefix.*` and the channel goes on after `prefix.`: `doors.*` covers
 * `doors.3` and `doors.3.lock`, not `doors` nor `doorsteps`. So is `prefix/*` for streams whose names have slashes.
 */
export function covers(grants: readonly string[], channel: string): boolean {
  return grants.some((grant) => {
    if (grant === '*' || grant === channel) return true;
    const prefix = grant.endsWith('.*') || grant.endsWith('/*') ? grant.slice(0, -1) : undefined;
    return prefix !== undefined && channel.length > prefix.length && channel.startsWith(prefix);
  });
}

function forbidden(message: string): PushError {
  return new PushError('forbidden', message, { field: 'channel' });
}
