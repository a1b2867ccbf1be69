/** What react-state.test.ts runs in its page: a component that shows a channel's state, under StrictMode, whole or one key of it. */
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useLatest } from '../../packages/client/src/react-state.ts';

const { channel = '' } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Record<string, string>;

function State() {
  const [key, only] = useState<string | undefined>();
  const { entries, entry, known, status } = useLatest<number>(channel, { key });
  const lines = [...entries.values()].map(({ key, data }) => `${key}=${data}`).sort();
  return createElement(
    'main',
    null,
    createElement('button', { type: 'button', onClick: () => only('a') }, 'only a'),
    createElement('output', { id: 'state' }, status.state),
    createElement('output', { id: 'all' }, known ? `all: ${lines.join(' ')}` : ''),
    createElement('output', { id: 'one' }, entry ? `a is ${entry.data}` : 'none'),
  );
}

const root = document.body.appendChild(document.createElement('div'));
createRoot(root).render(createElement(StrictMode, null, createElement(State)));
