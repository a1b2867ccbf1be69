/** A widget: every door of a channel with what happened there last, live, and whether what is shown can be trusted. */

import type { Status } from '@doorbell/client';
import { type ChannelOptions, useChannel } from '@doorbell/client/react';
import { useEffect, useReducer } from 'react';
import { type Door, EMPTY, follow } from './board.ts';

export interface DoorBoardProps extends Pick<ChannelOptions, 'base' | 'token' | 'share'> {
  readonly channel: string;
}

/** More than can come between two renderings, so that the board misses none. */
const KEEP = 1_000;

export function DoorBoard({ channel, ...options }: DoorBoardProps) {
  const { events, status, missed, resets } = useChannel(channel, { ...options, from: 'start', keep: KEEP });
  const [{ doors, refused }, see] = useReducer(follow, EMPTY);
  useEffect(() => see({ events, resets }), [events, resets]);
  const sorted = [...doors.values()].sort((a, b) =>
    a.doorno.localeCompare(b.doorno, undefined, { numeric: true }),
  );
  return (
    <section aria-label={`Doors of ${channel}`}>
      <p role="status">{told(status)}</p>
      {missed > 0 && <p role="alert">{missed} events are no longer kept: the board may lack a door.</p>}
      <p>{refused} refused</p>
      <ul>
        {sorted.map((door) => (
          <DoorItem key={door.doorno} door={door} />
        ))}
      </ul>
    </section>
  );
}

function DoorItem({ door: { doorno, opened, rfsim, at } }: { readonly door: Door }) {
  return (
    <li data-door={doorno} data-opened={opened}>
      <b>Door {doorno}</b> {opened ? 'opened for' : 'refused'} {rfsim}{' '}
      <time dateTime={at}>{new Date(at).toLocaleTimeString('en-GB')}</time>
    </li>
  );
}

/** Old news must not look like news. */
function told(status: Status): string {
  switch (status.state) {
    case 'live':
      return 'live';
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return `no connection, trying again: ${status.error.message}`;
    case 'stopped':
      return `stopped: ${status.error?.message ?? 'closed'}`;
  }
}
