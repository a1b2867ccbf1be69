/** What react.test.ts runs in its page: a component that shows a channel, under StrictMode, mounted and unmounted by buttons. */
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChannel } from '../../packages/client/src/react.ts';

const {
  channel,
  other,
  keep = '50',
} = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Record<string, string>;
let renderings = 0;
const handled: number[] = [];

function Events({ name }: { readonly name: string }) {
  const { events, status, received } = useChannel([name], {
    from: 'start',
    keep: Number(keep),
    onEvent: ({ vid }) => handled.push(vid),
  });
  renderings++;
  return createElement(
    'div',
    null,
    createElement('output', { id: 'state' }, status.state),
    createElement('output', { id: 'received' }, received),
    createElement('output', { id: 'renderings' }, renderings),
    createElement('output', { id: 'handled' }, handled.join(' ')),
    createElement(
      'ol',
      null,
      events.map((event) => createElement('li', { key: event.vid }, `${event.channel}:${event.vid}`)),
    ),
  );
}

function App() {
  const [name, show] = useState<string | undefined>(channel);
  return createElement(
    'main',
    null,
    createElement('button', { type: 'button', onClick: () => show(undefined) }, 'unmount'),
    createElement('button', { type: 'button', onClick: () => show(other) }, 'other'),
    name === undefined ? null : createElement(Events, { name }),
  );
}

const root = document.body.appendChild(document.createElement('div'));
createRoot(root).render(createElement(StrictMode, null, createElement(App)));
