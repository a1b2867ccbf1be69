import { useChannel } from '@doorbell/client/react';

export interface Door {
  readonly doorno: number;
}

export function Doors({ base }: { readonly base: string }) {
  const { events, status } = useChannel<Door>('doors', { base, from: 'start', keep: 10 });
  return (
    <ul data-state={status.state}>
      {events.map(({ vid, data }) => (
        <li key={vid}>{data.doorno}</li>
      ))}
    </ul>
  );
}
