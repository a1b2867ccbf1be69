/** What kept-state.test.ts runs in its page: a channel's state, kept in localStorage. It notes all that it has shown. */
import { webStore } from '../../packages/client/src/store.ts';
import { subscribeState } from '../../packages/client/src/subscribe-state.ts';

const { channel = '' } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Record<string, string>;
const shown: string[] = [];
const states: string[] = [];
Object.assign(window, { shown, states });

const state = subscribeState<number>(channel, { store: webStore() });
state.on('status', (status) => void states.push(status.state));
state.on('change', ({ entries }) => {
  const text = [...entries.values()].map(({ key, data }) => `${key}=${data}`);
  shown.push(text.sort().join(' '));
  document.body.textContent = shown.at(-1) ?? '';
});
