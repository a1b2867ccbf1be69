/**
 * The dashboard: follows some channels and shows their events as they come. A user of client/ and nothing
 * more. What it follows stands in its URL, how somebody wants to see it in the browser's storage, and what it
 * has received is kept only in the page.
 */
import { ChannelNames } from './channel-names.ts';
import { Heads } from './heads.ts';
import { Picture } from './model/picture.ts';
import { Preferences } from './model/preferences.ts';
import { type Clock, hearing, ServerTime } from './model/server-time.ts';
import { readSettings, type Settings, writeSettings } from './model/settings.ts';
import { type Shown, stateWords, TOO_LARGE } from './model/wording.ts';
import { Overdue } from './overdue.ts';
import { ChannelList } from './parts/channel-list.ts';
import { ChartsView } from './parts/charts.ts';
import { Chooser } from './parts/chooser.ts';
import { ClientList } from './parts/client-list.ts';
import { Counts } from './parts/counts.ts';
import { DeadLetters } from './parts/dead-letters.ts';
import { DoorsBoard } from './parts/doors-board.ts';
import { FollowForm } from './parts/follow-form.ts';
import { onFrame } from './parts/frames.ts';
import { Happening } from './parts/happening.ts';
import { Inspector } from './parts/inspector.ts';
import { Panes } from './parts/panes.ts';
import { PublishForm } from './parts/publish-form.ts';
import { RateChart } from './parts/rate-chart.ts';
import { StartPanel } from './parts/start-panel.ts';
import { StateTable } from './parts/state-table.ts';
import { StatusLine } from './parts/status-line.ts';
import { localText } from './parts/storage.ts';
import { TokenForm } from './parts/token-form.ts';
import { Toolbar } from './parts/toolbar.ts';
import { ViewSwitch } from './parts/view-switch.ts';
import { Session } from './session.ts';
import { States } from './states.ts';

/** Each look costs the server some reads, and what it shows seldom changes. */
const CLIENTS_MS = 10_000;
const CHANNELS_MS = 30_000;

const clock: Clock = { now: () => Date.now(), elapsed: () => performance.now() };
const time = new ServerTime(clock);
const settings = () => readSettings(location.search);
const preferences = new Preferences(localText('doorbell-views'));
const picture = new Picture();
const changed = onFrame(draw);

const tokenForm = new TokenForm(() => again());
/** The page may be served under a prefix (an API Gateway stage); the API stands beside it. */
const connection = {
  base: new URL('.', location.href).href,
  token: () => tokenForm.token,
  platform: { fetch: hearing(fetch, time) },
};

const chooser = new Chooser();
const inspector = new Inspector();
const see = (channels: readonly string[]) => go({ channels, from: settings().from, view: 'auto' });
const panes = new Panes({
  chooser,
  preferences,
  moved: changed,
  opened: (row) => inspector.show(row),
  closed: (channel) => see(settings().channels.filter((one) => one !== channel)),
});
const stateTable = new StateTable({ moved: changed, opened: (row) => inspector.show(row) });
const toolbar = new Toolbar(picture, () => {
  panes.restart();
  stateTable.restart();
  changed();
});
const views = new ViewSwitch((view) => {
  history.replaceState(null, '', writeSettings(location.search, { ...settings(), view }));
  views.choose(view);
  changed();
});
const publishForm = new PublishForm(connection, connection.token);
const startPanel = new StartPanel(connection.token, see);
/** The order matters: the first two say who of the others is seen. */
const drawn = [
  views,
  startPanel,
  panes,
  stateTable,
  toolbar,
  new Counts(),
  new DoorsBoard(),
  new ChartsView(picture, chooser, preferences, changed),
  new RateChart(),
  publishForm,
  new DeadLetters(connection, connection.token),
];

const statusLine = new StatusLine(clock, () => again());
const happening = new Happening();
const followForm = new FollowForm(({ channels, from }) => go({ ...settings(), channels, from }));
const heads = new Heads(connection, picture, clock);
const clientList = new ClientList(connection, time);
const channelList = new ChannelList(new ChannelNames(connection), new Overdue(connection), {
  chosen: see,
  known: (names) => startPanel.known(names),
});
/** When the page was live last, on the server's clock. */
let lastLiveMs: number | undefined;
let wasLive = false;

const session = new Session(connection, {
  status: (status) => {
    const isLive = status.state === 'live';
    // What was published while it was lost is still to come.
    if (isLive && !wasLive) heads.refresh();
    wasLive = isLive;
    statusLine.show(status);
    tokenForm.show(status);
    tell();
    changed();
  },
  event: (event) => {
    picture.see(event, time.now());
    changed();
  },
  missed: ({ channel, count, after }) => {
    const words = picture.miss(channel, count, after);
    if (after > 0) happening.say('missed', words);
    changed();
  },
  reached: (channel, vid) => {
    const pane = picture.pane(channel);
    if (pane !== undefined) pane.reached = vid;
  },
  reset: ({ channel }) => {
    happening.say('reset', picture.reset(channel));
    heads.refresh();
    changed();
  },
});

const states = new States(connection, () => session.begun(), {
  status: (channel, status) => {
    picture.stateNotes.set(channel, stateWords(status));
    changed();
  },
  change: (channel, change) => {
    picture.learn(channel, change);
    changed();
  },
  tooLarge: (channel) => {
    picture.lack(channel, TOO_LARGE);
    changed();
  },
});

function draw(): void {
  const state = tell();
  const view = views.viewOf(picture);
  // A channel without events may have a state: it outlives them.
  if (view === 'state' || view === 'doors' || (state === 'live' && picture.received === 0)) states.want();
  const moment = { nowMs: time.now(), elapsedMs: clock.elapsed(), state, view, lastLiveMs };
  for (const part of drawn) part.draw(picture, moment);
}

/** The state alone: also in a tab that is not seen, which draws nothing else. */
function tell(): Shown['state'] {
  const nowMs = time.now();
  const state = statusLine.draw(picture, nowMs);
  if (state === 'live') lastLiveMs = nowMs;
  entitle(state);
  return state;
}

function go(next: Settings): void {
  const search = writeSettings(location.search, next);
  if (search !== location.search) history.pushState(null, '', search);
  follow(next);
}

/** On an empty page, whatever was followed before. */
function follow({ channels, from, view }: Settings): void {
  followForm.show({ channels, from });
  views.choose(view);
  picture.follow({ channels });
  picture.charts.choose(preferences.of(channels[0] ?? '').charts);
  states.leave();
  for (const part of [panes, toolbar]) part.follow(picture);
  stateTable.restart();
  for (const part of [publishForm, channelList, clientList, startPanel]) part.follow(channels);
  happening.clear();
  inspector.hide();
  lastLiveMs = undefined;
  wasLive = false;
  void channelList.refresh();
  session.follow({ channels, from });
  changed();
}

/** With another token, or because somebody asked for it: on with what is shown already. */
function again(): void {
  void channelList.refresh();
  void clientList.refresh();
  void session.resume();
  states.resume();
}

/** A tab that is not in front says in its title that it shows nothing new. */
function entitle(state: Shown['state']): void {
  const isFine = state === 'live' || state === 'connecting' || state === 'behind';
  const title = `${isFine ? '' : '⚠ '}${settings().channels.join(', ')} · Doorbell`;
  if (document.title !== title) document.title = title;
}

/** Does it now and then, while somebody sees the page. */
function whileSeen(everyMs: number, act: () => void): void {
  setInterval(() => !document.hidden && act(), everyMs);
}

addEventListener('popstate', () => follow(settings()));
for (const event of ['online', 'offline']) addEventListener(event, tell);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  void channelList.refresh();
  void clientList.refresh();
});
whileSeen(CHANNELS_MS, () => void channelList.refresh());
whileSeen(CLIENTS_MS, () => void clientList.refresh());
// Ages, the rate and the seconds until the next attempt go on without an event.
setInterval(() => {
  tell();
  changed();
}, 1_000);
whileSeen(1_000, () => heads.tick());
follow(settings());
