/**
 * What react-options.test.ts runs in its page: a component whose options are all written in place, as new objects and functions at every
 * rendering, under StrictMode and Suspense. The test changes them with `draw`, and reads what every rendering showed.
 */
import { createElement, StrictMode, Suspense, use } from 'react';
import { createRoot } from 'react-dom/client';
import { webStore } from '../../packages/client/src/index.ts';
import { type ChannelOptions, useChannel } from '../../packages/client/src/react.ts';

export interface Props {
  readonly channels: string | readonly string[];
  readonly keep?: number;
  readonly store?: 'map' | 'web' | undefined;
  readonly token?: string;
  /** The token is got by a function. */
  readonly byFunction?: boolean;
  readonly parses?: boolean;
  readonly suspended?: boolean;
  /** Without StrictMode, which mounts again also what was suspended. */
  readonly loose?: boolean;
  /** The only token that is let in; without it the real server is asked. */
  readonly letIn?: string;
}

export interface Rendering {
  readonly asked: string;
  /** `channel:vid`, each. */
  readonly shown: readonly string[];
  readonly state: string;
  readonly code: string | undefined;
}

declare global {
  interface Window {
    renderings: Rendering[];
    handled: string[];
    authorizations: (string | null)[];
    draw: (props: Props) => void;
  }
}

let wake = () => {};
let sleeping: Promise<void> | undefined;
function suspend(): void {
  sleeping ??= new Promise((resolve) => {
    wake = resolve;
  });
  use(sleeping);
}

/** As a server that asks for tokens: nothing is ever published there. */
function guard(letIn: string): typeof fetch {
  return async (input, init) => {
    const authorization = new Headers(init?.headers).get('authorization');
    window.authorizations.push(authorization);
    if (authorization !== `Bearer ${letIn}`) {
      const problem = { type: 'urn:doorbell:problem:bad-token', title: 'No', status: 401, detail: 'No.' };
      return Response.json(problem, { status: 401 });
    }
    const held = new URL(String(input), location.href).searchParams.get('wait') !== '0';
    if (held) await new Promise((_, reject) => init?.signal?.addEventListener('abort', reject));
    return Response.json({ channels: [{ channel: 'c', epoch: null, events: [], maxvid: 0, missed: 0 }] });
  };
}

function optionsOf({ keep, store, token, byFunction, parses, letIn }: Props): ChannelOptions {
  return {
    from: 'start',
    headers: { accept: 'application/json' },
    ...(keep !== undefined && { keep }),
    ...(store && { store: store === 'map' ? new Map() : webStore() }),
    ...(token !== undefined && { token: byFunction ? () => token : token }),
    ...(parses && { parse: (data: unknown) => `parsed ${data}` }),
    ...(letIn && { share: false, platform: { fetch: guard(letIn) } }),
    onEvent: ({ channel, vid, data }) => window.handled.push(`${channel}:${vid}:${data}`),
  };
}

function Events(props: Props) {
  const { channels, suspended = false } = props;
  const { events, status } = useChannel(channels, optionsOf(props));
  const error = status.state === 'waiting' || status.state === 'stopped' ? status.error : undefined;
  window.renderings.push({
    asked: String(channels),
    shown: events.map(({ channel, vid }) => `${channel}:${vid}`),
    state: status.state,
    code: error?.code,
  });
  if (suspended) suspend();
  return createElement('p', null, 'here');
}

Object.assign(window, { renderings: [], handled: [], authorizations: [] });
const root = createRoot(document.body.appendChild(document.createElement('div')));
window.draw = (props) => {
  if (!props.suspended) wake();
  const events = createElement(Suspense, { fallback: 'away' }, createElement(Events, props));
  root.render(props.loose ? events : createElement(StrictMode, null, events));
};
