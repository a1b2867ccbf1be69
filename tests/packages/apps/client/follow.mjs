// On any Node: follows, publishes, and lets the program end.
import { DoorbellError, publish, subscribe } from '@doorbell/client';
import { publishAll } from '@doorbell/client/publish';
import { subscribeState } from '@doorbell/client/state';

const [base, channel] = process.argv.slice(2);
await publish(channel, 'one', { base });
const seen = [];
for await (const { data } of subscribe(channel, { base, from: 'start' })) {
  seen.push(data);
  if (seen.length === 1) await publish(channel, 'two', { base });
  else break;
}
const { count } = await publishAll(channel, ['three', 'four'].values(), { base });
const refused = await publishAll('no channel', [], { base }).catch((error) => error);
await publish(channel, 5, { base, key: 'a' });
const state = subscribeState(channel, { base });
const { changed } = await new Promise((resolve) => state.on('change', resolve));
state.close();
let none;
try {
  subscribeState('no channel', { base });
} catch (error) {
  none = error;
}
console.log(...seen, count, refused instanceof DoorbellError, typeof window);
console.log(changed[0].key, changed[0].data, none instanceof DoorbellError, none.code);
