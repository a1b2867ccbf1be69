/**
 * The dashboard: follows one channel and shows its events as they come. A user of client/ and nothing more; what it
 * follows stands in its URL, and what it has received is kept only in the page.
 */
import { type Status, type Subscription, subscribe } from '../client/index.ts';
import { Counts } from './counts.ts';
import { element } from './elements.ts';
import { EventTable } from './event-table.ts';
import { FollowForm } from './follow-form.ts';
import { PublishForm } from './publish-form.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';
import { StatusLine } from './status-line.ts';
import { TokenForm } from './token-form.ts';

const tokenForm = new TokenForm(() => follow(readSettings(location.search)));
/** The page may be served under a prefix (an API Gateway stage); the API stands beside it. */
const connection = { base: new URL('.', location.href).href, token: () => tokenForm.token };

const table = new EventTable();
const counts = new Counts();
const statusLine = new StatusLine();
const publishForm = new PublishForm(connection);
const followForm = new FollowForm((settings) => {
  const search = writeSettings(location.search, settings);
  if (search !== location.search) history.pushState(null, '', search);
  follow(settings);
});

let following: Subscription | undefined;

/** Leaves what was followed and begins with the given channel, on an empty table. */
function follow({ channel, from }: Settings): void {
  following?.close();
  document.title = `${channel} · Doorbell`;
  followForm.show({ channel, from });
  publishForm.aim(channel);
  table.clear();
  counts.clear();
  const subscription = subscribe(channel, { ...connection, from });
  following = subscription;
  const show = (status: Status) => {
    statusLine.show(status);
    tokenForm.show(status);
  };
  show(subscription.status);
  // The last word of a subscription that was left comes after the next one has begun to speak.
  subscription.on('status', (status) => subscription === following && show(status));
  subscription.on('missed', ({ count, after }) => {
    // From the start on, what is no longer kept was never asked for.
    if (after > 0) counts.missed(count);
    note(missedWords(count, after));
  });
  subscription.on('reset', () => {
    counts.reset();
    note('The channel has started over. Its events are shown again from the oldest kept, with new numbers.');
  });
  subscription.on('event', (event) => {
    table.addEvent(event);
    counts.received(event.vid);
  });
}

function note(text: string): void {
  table.addNotice(text);
  element('announcement', HTMLParagraphElement).textContent = text;
}

function missedWords(count: number, after: number): string {
  const events = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
  return after > 0
    ? `${events} after vid ${after} could not be shown: no longer kept.`
    : `${events} before these are no longer kept.`;
}

addEventListener('popstate', () => follow(readSettings(location.search)));
follow(readSettings(location.search));
