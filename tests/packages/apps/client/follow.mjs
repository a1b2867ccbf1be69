// On any Node: follows, publishes, and lets the program end.
import { DoorbellError, publish, subscribe } from '@doorbell/client';
import { publishAll } from '@doorbell/client/publish';

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
console.log(...seen, count, refused instanceof DoorbellError, typeof window);
