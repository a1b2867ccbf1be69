/** docs/reference/limits.md is true: its defaults are the code's, and its tests exist. */

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { TIMEOUTS } from '../../hub/listener.ts';
import { hubSettings } from '../../hub/settings.ts';
import { unreadLimits } from '../../hub/unread-bytes.ts';
import { secretKeys } from '../../lib/auth/keys.ts';
import { mint } from '../../lib/auth/mint.ts';
import { LEAST_SECRET_BYTES, tokenSettings } from '../../lib/auth/settings.ts';
import { KEEP_MS, MAX_KEPT } from '../../lib/auth/verified-cache.ts';
import { CLOCK_TOLERANCE_S, MAX_TOKEN_CHARS, Verifier } from '../../lib/auth/verifier.ts';
import { ASK_MS } from '../../lib/channels/health.ts';
import {
  corsOrigins,
  cursorDelayMs,
  cursorMs,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  retentionMs,
} from '../../lib/compose/settings.ts';
import { MOST_STATE_PAGES } from '../../lib/compose/states.ts';
import type { Environment } from '../../lib/config.ts';
import { LOOKS_A_TICK } from '../../lib/expectations/tick.ts';
import { SHORT_LIVED_S } from '../../lib/http/middleware/authenticate.ts';
import { REQUEST_MS } from '../../lib/http/v1/publish.ts';
import { MOST_READS } from '../../lib/log/read/limited-reads.ts';
import { MOST_PAGES } from '../../lib/poll/catch-up.ts';
import { TICKET_MS } from '../../lib/poll/direct-wait.ts';
import { SURE_POLLS } from '../../lib/poll/held-polls.ts';
import { MAILBOXES_AT_ONCE, MAILBOXES_PER_SECOND } from '../../lib/poll/new-mailbox-limiter.ts';
import { BURST_S } from '../../lib/poll/repeat-limiter.ts';
import { EMPTY_S, EVENTS_S } from '../../lib/poll/shared-poll.ts';
import { SLOT_MS } from '../../lib/poll/slots.ts';
import { ALARMS_PREFIX, CHANNEL_PATTERN, CLIENT_PATTERN, LIMITS } from '../../lib/protocol/doorbell.ts';
import { MAX_BYTES, MAX_EVENT_STEPS, MAX_NAMES, MAX_STEPS } from '../../lib/schemas/channel-schemas.ts';
import { MAX_DEPTH, MAX_FORMATTED } from '../../lib/schemas/json-schema.ts';
import { CHECKED_BYTES } from '../../lib/sqlite/check.ts';
import { BUSY_CHANNELS, CHANNELS_A_RUN } from '../../lib/state/fold-all.ts';
import { EVENTS_A_PAGE, KEYS_A_FOLD, PAGES_A_TURN } from '../../lib/state/fold-channel.ts';
import { MOST_RANGES } from '../../lib/state/read-state.ts';
import { MAX_WANTED_BYTES } from '../../lib/wakeup/wanted-keys.ts';
import { loadService, type Service } from '../../local/emulators/service.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { documentPath } from '../support/repo/documents.ts';
import { FakeClock } from '../support/time/clock.ts';

const rows = [
  ...readFileSync(documentPath('docs/reference/limits.md'), 'utf8').matchAll(
    /^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \| `(tests\/[^`]+)`: "([^"]+)" \| ([^|]+) \|$/gm,
  ),
].map(([, name = '', byDefault = '', setting = '', file = '', title = '', source = '']) => {
  return { name, byDefault, setting, file, title, source };
});

const KIB = 1024;
const size = (bytes: number) => (bytes < KIB * KIB ? `${bytes / KIB} KiB` : `${bytes / KIB / KIB} MiB`);
const count = (value: number) => value.toLocaleString('en');
const characters = (value: number) => `${count(value)} characters`;
/** The longest name that the pattern takes. */
const longest = (pattern: RegExp) => {
  let length = 1;
  while (pattern.test('x'.repeat(length + 1))) length++;
  return length;
};

let service: Service & {
  readonly params: { readonly default: Readonly<Record<string, unknown>> };
  readonly provider: { readonly logRetentionInDays: number };
  readonly custom: Readonly<Record<string, string>>;
};
beforeAll(async () => {
  service = (await loadService()) as typeof service;
});

const DEFAULTS: Readonly<Record<string, () => string>> = {
  "an event's `data`, as JSON": () => size(LIMITS.eventBytes),
  'messages in one body for a stream of JSON': () => count(LIMITS.appendMessages),
  'an array': () => `${LIMITS.blockEvents} events, ${size(LIMITS.blockBytes)} together`,
  'a line of NDJSON': () => size(LIMITS.eventBytes),
  'a body': () => size(LIMITS.bodyBytes),
  'depth of `data`': () => count(LIMITS.dataDepth),
  'time for one NDJSON body': () => `${REQUEST_MS / 1000} s`,
  "an event's `id`": () => characters(LIMITS.idLength),
  "an event's `key`": () => characters(LIMITS.keyLength),
  "a channel's name": () => characters(longest(CHANNEL_PATTERN)),
  "a client's id": () => characters(longest(CLIENT_PATTERN)),
  'schemas of channels': () =>
    `${size(MAX_BYTES)} of JSON, ${count(MAX_NAMES)} names, ${count(MAX_DEPTH)} schemas in each other`,
  'steps over `$ref`': () => `${count(MAX_EVENT_STEPS)} for one event, ${count(MAX_STEPS)} for one request`,
  'a text that has a `format`': () => characters(MAX_FORMATTED),
  'an address': () => characters(LIMITS.addressChars),
  'messages in a batch of ingest': () => {
    const [event] = service.functions.ingest?.events ?? [];
    return String((event?.sqs as { readonly batchSize?: number } | undefined)?.batchSize);
  },
  'keys in one poll, or in one request for a state': () => count(LIMITS.keysPerRequest),
  'ranges of keys in a page of a state': () => count(MOST_RANGES),
  'what an arm says of the keys that are wanted': () => size(MAX_WANTED_BYTES),
  'what one narrow poll passes by': () =>
    `${MOST_PAGES} pages of ${count(LIMITS.maxLimit)} events or ${size(LIMITS.answerBytes)}`,
  'one turn of a channel whose state `sweep` folds': () =>
    `${PAGES_A_TURN} pages of ${count(EVENTS_A_PAGE)} events or ${size(LIMITS.answerBytes)}, written after each ${count(KEYS_A_FOLD)} keys`,
  'channels that one run of `sweep` folds': () =>
    `${count(CHANNELS_A_RUN)} of all, and ${BUSY_CHANNELS} busy ones again while 50 s last`,
  'what one request for a state folds by itself, on AWS': () =>
    `${MOST_STATE_PAGES} pages of ${count(EVENTS_A_PAGE)} events or ${size(LIMITS.answerBytes)}`,
  '`expect`': () => {
    const days = LIMITS.maxExpectSeconds / 86_400;
    return `\`PT${LIMITS.minExpectSeconds / 60}M\` to \`P${days}D\``;
  },
  'name of a channel that promises events': () => characters(128 - ALARMS_PREFIX.length),
  'keys of one channel that are promised at once': () => count(LIMITS.expectedKeys),
  'channels that one tick looks at': () => count(LOOKS_A_TICK),
  'channels in one poll': () => count(LIMITS.channelsPerPoll),
  "a poll's wait": () => `${LIMITS.waitSeconds} s`,
  'events in an answer': () => `${count(LIMITS.defaultLimit)}, at most ${count(LIMITS.maxLimit)}`,
  'a shared answer in a cache': () => `${EVENTS_S} s with events, ${EMPTY_S} s without`,
  'a slot of shared polls': () => `${SLOT_MS / 1000} s`,
  'a longer hold of shared polls': () => `20 s, at most ${LIMITS.sharedHoldSeconds} s`,
  'a ticket of a direct wait': () => `${TICKET_MS / 1000} s`,
  'new mailboxes of readers who wait directly, by one token': () =>
    `${MAILBOXES_AT_ONCE} at once, then ${MAILBOXES_PER_SECOND} a second`,
  'channels in a page of their list': () =>
    `${count(LIMITS.defaultChannels)}, at most ${count(LIMITS.maxChannels)}`,
  'dead letters in a list': () => count(LIMITS.maxDeadLetters),
  'dead letters that one request sends back': () => count(LIMITS.maxRedriven),
  'a mended message': () => size(LIMITS.messageBytes),
  'an answer': () => size(LIMITS.answerBytes),
  'a file that is checked whole at the start of a hub': () => size(CHECKED_BYTES),
  'polls held by one process': () => count(maxHeldPolls({})),
  'polls that one token holds in one process': () =>
    maxHeldPollsPerToken({}) === undefined ? `${count(SURE_POLLS)}, and more while as many are free` : 'some',
  'polls of one client from the same place': () =>
    `${repeatsPerSecond({})} a second, ${repeatsPerSecond({}) * BURST_S} at once`,
  'requests to the API': () => {
    const { requestsPerSecond, requestsAtOnce } = service.params.default;
    return `${count(Number(requestsPerSecond))} a second, ${count(Number(requestsAtOnce))} at once`;
  },
  'polls held by the stack': () =>
    service.params.default.pollConcurrency === '' ? 'what the account has left' : 'some',
  'polls of one environment of Managed Instances; environments': () => {
    const { managedConcurrency, managedLeast, managedMost } = service.params.default;
    return `${count(Number(managedConcurrency))}; ${managedLeast} to ${managedMost}`;
  },
  'bodies that a hub reads at once': () => count(hubSettings({}).maxPublishes),
  'bytes of answers that clients of a hub have not read': () => {
    const { perProcess, perConnection } = unreadLimits(hubSettings({}).maxUnreadBytes);
    return `${size(perProcess)}; a ${perProcess / perConnection === 4 ? 'quarter' : 'part'} for one connection`;
  },
  'reads of the log at once, in one process': () => count(MOST_READS),
  'connections of a hub': () => count(hubSettings({}).maxConnections),
  'time for a head, a request, an unread answer, between requests, at a hub': () => {
    const { headersMs, requestMs, readMs, keepAliveMs } = TIMEOUTS;
    return `${[headersMs, requestMs, readMs, keepAliveMs].map((ms) => ms / 1000).join(', ')} s`;
  },
  'reads of the log for `/healthz`': () =>
    ASK_MS === 1_000 ? 'once a second for each process' : 'at another pace',
  'origins of other pages': () =>
    service.params.default.corsOrigins === '' && corsOrigins({}).length === 0 ? 'none' : 'some',
  'a token': () => characters(MAX_TOKEN_CHARS),
  'good tokens that are not checked again': () => `for ${KEEP_MS / 1000} s, ${count(MAX_KEPT)} of them`,
  'life of a token in a cookie or query': () => {
    const { carriers } = tokenSettings({ DOORBELL_SECRET: 'x'.repeat(LEAST_SECRET_BYTES) });
    const closed = !carriers.query && carriers.cookie === undefined;
    return `${SHORT_LIVED_S / 3600} h; ${closed ? 'none' : 'some'} may be there`;
  },
  'clocks that differ': () => `${CLOCK_TOLERANCE_S} s`,
  'a shared secret': () => `at least ${LEAST_SECRET_BYTES} bytes`,
  events: () => days(retentionMs({ RETENTION_HOURS: service.custom.retentionHours })),
  cursors: () => days(cursorMs({ CURSOR_HOURS: service.custom.cursorHours })),
  'moves of a cursor that a killed hub may lose': () => `${cursorDelayMs({}) / 1_000} s`,
  logs: () => `${service.provider.logRetentionInDays} days`,
};

const days = (ms: number) => `${ms / 24 / 3_600_000} days`;

test('docs/reference/limits.md has every limit that this test knows, and no other', () => {
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(DEFAULTS).sort());
});

test.each(rows)('docs/reference/limits.md says the default of $name', ({ name, byDefault }) => {
  expect(byDefault).toBe(DEFAULTS[name]?.());
});

test.each(rows)('docs/reference/limits.md names for $name a test that exists', ({ file, title }) => {
  const text = readFileSync(documentPath(file), 'utf8');

  expect([`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => text.includes(quoted))).toBe(true);
});

test.each(rows)('docs/reference/limits.md says of $name where it is set', ({ setting }) => {
  const [, name] = /^`(?:custom\.)?(\w+)`/.exec(setting) ?? [];
  if (name === undefined) {
    expect(setting).toMatch(/^fixed/);
    return;
  }
  const settings = ['serverless.yml', 'lib/config.ts', 'hub/settings.ts'].map((path) =>
    readFileSync(documentPath(path), 'utf8'),
  );
  expect(settings.some((text) => text.includes(name))).toBe(true);
});

test('a deploy limits its processes as every process is limited by default', () => {
  const { environment = {} } = service.functions.poll ?? {};
  const env = environment as Environment;

  expect(env).toMatchObject({
    MAX_HELD_POLLS: '10000',
    MAX_HELD_POLLS_PER_TOKEN: '',
    REPEATS_PER_SECOND: '2',
  });
  for (const limit of [maxHeldPolls, maxHeldPollsPerToken, repeatsPerSecond])
    expect(limit(env)).toBe(limit({}));
});

test('every limit of the protocol is in docs/reference/limits.md', () => {
  const known = readFileSync(documentPath('tests/repo/limits.test.ts'), 'utf8');

  for (const name of Object.keys(LIMITS)) expect(known).toContain(`LIMITS.${name}`);
});

test('a good token that is too long is refused unread', async () => {
  const secret = 'the-secret-of-these-tests-0123456789';
  const clock = new FakeClock();
  const keys = [secretKeys(async () => [secret], { clock, logger: new MemoryLogger() })];
  const verifier = new Verifier({ keys, claims: { read: 'read', write: 'write' }, clock });
  const token = (channels: number) =>
    mint(secret, { read: Array(channels).fill('doors'), write: [], ttlS: 60, now: clock.now() });

  expect((await verifier.verify(await token(500))).caller.read).toHaveLength(500);
  const long = await token(1_000);
  expect(long.length).toBeGreaterThan(MAX_TOKEN_CHARS);
  await expect(verifier.verify(long)).rejects.toMatchObject({
    code: 'bad-token',
    message: 'The token is longer than 8192 characters.',
  });
});
