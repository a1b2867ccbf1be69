/** What react-schema.test.ts runs in its page: a channel and its state by a schema that is written in place, with what does not fit, under StrictMode. */
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import * as v from 'valibot';
import { useChannel } from '../../packages/client/src/react.ts';
import { useLatest } from '../../packages/client/src/react-state.ts';

const { channel = '' } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Record<string, string>;

function Typed() {
  const [least, raise] = useState(1);
  const [misfits, tell] = useState<readonly string[]>([]);
  const typed = {
    schema: v.pipe(
      v.number(),
      v.minValue(least),
      v.transform((n) => ({ door: n })),
    ),
    onMisfit: (event: { readonly vid: number }) =>
      tell((before) => [...before, `${event.vid} under ${least}`]),
  };
  const { events } = useChannel(channel, { from: 'start', ...typed });
  const { entries, known } = useLatest(channel, { ...typed, onMisfit: () => undefined });
  const doors = [...entries.values()].map(({ data }) => data.door);
  return createElement(
    'main',
    null,
    createElement('button', { type: 'button', onClick: () => raise(10) }, 'from 10'),
    createElement('output', { id: 'events' }, `events: ${events.map(({ data }) => data.door).join(' ')}`),
    createElement('output', { id: 'state' }, known ? `state: ${doors.join(' ')}` : ''),
    createElement('output', { id: 'misfits' }, `misfits: ${[...new Set(misfits)].join(', ')}`),
  );
}

const root = document.body.appendChild(document.createElement('div'));
createRoot(root).render(createElement(StrictMode, null, createElement(Typed)));
