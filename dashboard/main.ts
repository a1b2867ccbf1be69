/**
 * The dashboard: follows one channel and shows its events as they come. A user of client/ and nothing more; what it
 * follows stands in its URL, and what it has received is kept only in the page.
 */
import { Picture } from './model/picture.ts';
import { type Clock, hearing, ServerTime } from './model/server-time.ts';
import { readSettings, type Settings, writeSettings } from './model/settings.ts';
import type { Shown } from './model/wording.ts';
import { Counts } from './parts/counts.ts';
import { DoorsBoard } from './parts/doors-board.ts';
import { EventTable } from './parts/event-table.ts';
import { FollowForm } from './parts/follow-form.ts';
import { onFrame } from './parts/frames.ts';
import { Happening } from './parts/happening.ts';
import { HostCharts } from './parts/host-charts.ts';
import { Inspector } from './parts/inspector.ts';
import { Lists } from './parts/lists.ts';
import { PublishForm } from './parts/publish-form.ts';
import { RateChart } from './parts/rate-chart.ts';
import { StatusLine } from './parts/status-line.ts';
import { TokenForm } from './parts/token-form.ts';
import { Toolbar } from './parts/toolbar.ts';
import { ViewSwitch } from './parts/view-switch.ts';
import { Session } from './session.ts';

const settings = () => readSettings(location.search);
const clock: Clock = { now: () => Date.now(), elapsed: () => performance.now() };
const time = new ServerTime(clock);
const picture = new Picture();
const changed = onFrame(() => {
  const now = time.now();
  for (const part of drawn) part.draw(picture, now);
});

const tokenForm = new TokenForm(() => again());
/** The page may be served under a prefix (an API Gateway stage); the API stands beside it. */
const connection = {
  base: new URL('.', location.href).href,
  token: () => tokenForm.token,
  world: { fetch: hearing(fetch, time) },
};

const inspector = new Inspector();
const table = new EventTable(picture, changed, (row) => inspector.show(row));
const toolbar = new Toolbar(picture, () => {
  table.restart();
  changed();
});
const views = new ViewSwitch((view) => {
  history.replaceState(null, '', writeSettings(location.search, { ...settings(), view }));
  views.choose(view);
  changed();
});
/** The order matters: the views say who of the others is seen. */
const drawn = [
  views,
  table,
  toolbar,
  new Counts(),
  new DoorsBoard(),
  new HostCharts(picture),
  new RateChart(),
];

const statusLine = new StatusLine(picture, clock, time, () => again(), entitle);
const happening = new Happening();
const publishForm = new PublishForm(connection);
const followForm = new FollowForm(({ channel, from }) => go({ ...settings(), channel, from }));
const lists = new Lists(connection, time, (channel) => go({ channel, from: settings().from, view: 'auto' }));

const session = new Session(connection, {
  status: (status) => {
    statusLine.show(status);
    tokenForm.show(status);
  },
  event: (event) => {
    picture.see(event, time.now());
    changed();
  },
  missed: ({ count, after }) => {
    const words = picture.miss(count, after);
    if (after > 0) happening.say('missed', words);
    changed();
  },
  reset: () => {
    happening.say('reset', picture.reset());
    changed();
  },
});

function go(next: Settings): void {
  const search = writeSettings(location.search, next);
  if (search !== location.search) history.pushState(null, '', search);
  follow(next);
}

/** On an empty page, whatever was followed before. */
function follow({ channel, from, view }: Settings): void {
  followForm.show({ channel, from });
  publishForm.aim(channel);
  lists.aim(channel);
  views.choose(view);
  picture.clear();
  table.restart();
  toolbar.clear();
  happening.clear();
  inspector.hide();
  session.follow({ channel, from });
  changed();
}

/** With another token, or because somebody asked for it: on with what is shown already. */
function again(): void {
  lists.refresh();
  void session.resume();
}

/** A tab that is not in front says in its title that it shows nothing new. */
function entitle(state: Shown['state']): void {
  const trouble = state === 'live' || state === 'connecting' ? '' : '⚠ ';
  const title = `${trouble}${settings().channel} · Doorbell`;
  if (document.title !== title) document.title = title;
}

addEventListener('popstate', () => follow(settings()));
// Ages, the rate and the seconds until the next attempt go on without an event.
setInterval(() => {
  statusLine.draw();
  changed();
}, 1_000);
follow(settings());
