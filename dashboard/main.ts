/**
 * The dashboard: follows one channel and shows its events as they come. A user of client/ and nothing more; what it
 * follows stands in its URL, and what it has received is kept only in the page.
 */
import { DoorbellError, type Notice, subscribe } from '../client/index.ts';
import { Counts } from './counts.ts';
import { element } from './elements.ts';
import { EventTable } from './event-table.ts';
import { FollowForm } from './follow-form.ts';
import { PublishForm } from './publish-form.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';
import { StatusLine } from './status-line.ts';

/** The page may be served under a prefix (an API Gateway stage); the API stands beside it. */
const connection = { base: new URL('.', location.href).href };

const table = new EventTable();
const counts = new Counts();
const statusLine = new StatusLine();
const publishForm = new PublishForm(connection);
const followForm = new FollowForm((settings) => {
  const search = writeSettings(location.search, settings);
  if (search !== location.search) history.pushState(null, '', search);
  follow(settings);
});

let following = new AbortController();

/** Leaves what was followed and begins with the given channel, on an empty table. */
function follow(settings: Settings): void {
  following.abort();
  following = new AbortController();
  document.title = `${settings.channel} · Doorbell`;
  followForm.show(settings);
  publishForm.aim(settings.channel);
  table.clear();
  counts.clear();
  void run(settings, following.signal);
}

async function run({ channel, from }: Settings, signal: AbortSignal): Promise<void> {
  const events = subscribe(channel, {
    ...connection,
    from,
    signal,
    // The last word of a subscription that was left comes after the next one has begun to speak.
    onStatus: (status) => signal.aborted || statusLine.show(status),
    onNotice: (notice) => signal.aborted || note(notice),
  });
  try {
    for await (const event of events) {
      table.addEvent(event);
      counts.received(event.vid);
    }
  } catch (error) {
    // The status line has said already why it stopped.
    if (!(error instanceof DoorbellError)) throw error;
  }
}

function note(notice: Notice): void {
  if (notice.kind === 'reset') counts.reset();
  // From the start on, what is no longer kept was never asked for.
  if (notice.kind === 'missed' && notice.after > 0) counts.missed(notice.count);
  const text = words(notice);
  table.addNotice(text);
  element('announcement', HTMLParagraphElement).textContent = text;
}

function words(notice: Notice): string {
  switch (notice.kind) {
    case 'reset':
      return 'The channel has started over. Its events are shown again from the oldest kept, with new numbers.';
    case 'missed': {
      const count = notice.count === 1 ? '1 event' : `${notice.count.toLocaleString('en')} events`;
      return notice.after > 0
        ? `${count} after vid ${notice.after} could not be shown: no longer kept.`
        : `${count} before these are no longer kept.`;
    }
    case 'renamed':
      return 'Another page uses the same reader name; this one has taken a new one.';
  }
}

addEventListener('popstate', () => follow(readSettings(location.search)));
follow(readSettings(location.search));
