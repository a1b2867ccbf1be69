/** Tables of the settings, as Markdown: facts from `lib/config.ts`, what each is for from here. The compiler refuses a setting without a line. */

import { type Reader, SETTINGS, type Setting, type SettingName, settingsOf } from '../../../lib/config.ts';

const WHAT: Readonly<Record<SettingName, string>> = {
  PORT: 'where it listens, over HTTP/1.1; 0 is any free port',
  HOST: 'any other than this machine needs `DOORBELL_SECRET`. The image has 0.0.0.0',
  H2C_PORT: 'HTTP/2 without TLS, with prior knowledge, for proxies that speak it',
  ADMIN_PORT: '`/metrics`, `/livez`, `/readyz`',
  ADMIN_HOST:
    'these need no token: whoever reaches them reads the figures. Never open it to the world. On loopback a `Host` that is not loopback is refused (403)',
  DATA_DIR:
    'where the log is kept: the folders of the emulators by `npm start`, `doorbell.db` by `npm run hub`, for which `:memory:` keeps nothing. `endpoints.json` there holds the address of the server',
  DATA_FILE: 'of a container without AWS: its file',
  DURABILITY:
    'without AWS: whether an acknowledged event survives the death of the process, or a power cut too',
  INGEST_QUEUE: 'of `npm run hub` without AWS: the SQS emulator beside it',
  LOG_LEVEL: 'how much the functions, or the hub, say',
  METRICS:
    'which metrics the functions write to CloudWatch, which bills each name; a hub has all at `/metrics`',
  RETENTION_HOURS: 'how long events are kept at least',
  CURSOR_HOURS: 'how long a client may stay away before its cursor is forgotten',
  STATE_LOOK_SECONDS:
    'how often the states of all channels are folded; busy channels are folded each minute. `npm start` has 0',
  CURSOR_DELAY_SECONDS: 'how late cursors are saved; 0 saves with each poll',
  BACKEND_CHANNEL: 'the channel of `GET /backend.php`, for legacy pages',
  SHARED_CHANNELS: 'channels whose polls caches may answer, asked for with a token that may share them',
  PUBLIC_CHANNELS: 'channels whose polls caches may answer, asked for without a token, by everybody',
  SHARED_HOLD_SECONDS:
    'for how long shared polls may be held, where all that stands in front lets them: longer holds are fewer requests of each reader',
  CHANNEL_SCHEMAS: 'what the data of events must be to be published: docs/reference/typed-channels.md',
  DIRECT_WAIT: 'whether readers may wait on mailboxes of their own, without a Lambda',
  CORS_ORIGINS: 'other origins whose pages may call it; `*` is every origin',
  CORS_HEADERS:
    'request headers that those pages may send besides `Authorization` and `Content-Type`; `*` is every header',
  MAX_HELD_POLLS: 'polls that one process holds, about 20 kB each; more are told 503',
  MAX_HELD_POLLS_PER_TOKEN:
    'polls that one token holds in one process; more are told 429. Without it a token has 1000, or half of fewer than 2000, and more while as many stay free',
  REPEATS_PER_SECOND: 'polls a second of one client from the same place; more are told 429',
  DRAIN_SECONDS: 'how long it serves as before, but not ready, once it is told to stop',
  MAX_PUBLISHES:
    'bodies that are read at once, 5 MiB each at most; more are told 503. One token has at most as many as are free, so alone a half: more are told 429',
  MAX_CONNECTIONS: 'more are closed as they come',
  MAX_UNREAD_MIB: 'answers that clients have not taken. One connection may have a quarter',
  DOORBELL_SECRET:
    'what tokens are signed with; of several, with blanks between, the first is the newest. Without it `npm start` and `npm run hub` make a development key in `DATA_DIR`',
  DOORBELL_SECRET_PARAMETER: 'the SSM parameter (a SecureString) that holds the secrets, one a line',
  DOORBELL_JWKS_URL: "an identity provider's keys; needs the issuer and the audience",
  DOORBELL_ISSUER: 'the issuer that its tokens must have',
  DOORBELL_AUDIENCE: 'the audience that its tokens must have',
  DOORBELL_READ_CLAIM: 'the claim that holds the channels that may be read',
  DOORBELL_WRITE_CLAIM: 'the claim that holds the channels that may be published to',
  DOORBELL_MANAGE_CLAIM: 'the claim that holds the streams that may be made, closed, deleted and forked',
  DOORBELL_SHARE_CLAIM: 'the claim that holds the channels whose answers may be shared',
  DOORBELL_DEAD_CLAIM:
    'the claim that holds the channels whose dead letters may be seen, sent back and dropped',
  DOORBELL_CLIENT_CLAIM: 'the claim that binds a token to one client id; without it `sub` does',
  DOORBELL_TOKEN_COOKIE: 'a cookie that may carry the token',
  DOORBELL_TOKEN_QUERY: 'whether `?access_token=` may carry the token',
  DOORBELL_REVOKED: 'tokens that are refused before they expire, by `jti` or `sub`',
  EVENTS_TABLE: 'the table of events and channels',
  CURSORS_TABLE: 'the table of cursors',
  WAITERS_TABLE: 'the table of arms and mailboxes',
  STATES_TABLE: 'the table of states; a hub without it serves none',
  MAILBOX_PREFIX: 'what the name of each mailbox begins with',
  INGEST_QUEUE_URL: 'the queue that producers without HTTP send to',
  DEAD_LETTER_QUEUE_URL: 'the queue of messages that can never be published',
};

/** Rows of limits.md that a setting decides: their third cell is made from the table. */
export const LIMIT_SETTINGS: Readonly<Record<string, SettingName>> = {
  'polls held by one process': 'MAX_HELD_POLLS',
  'polls that one token holds in one process': 'MAX_HELD_POLLS_PER_TOKEN',
  'polls of one client from the same place': 'REPEATS_PER_SECOND',
  'origins of other pages': 'CORS_ORIGINS',
  'bodies that a hub reads at once': 'MAX_PUBLISHES',
  'connections of a hub': 'MAX_CONNECTIONS',
  'bytes of answers that clients of a hub have not read': 'MAX_UNREAD_MIB',
  events: 'RETENTION_HOURS',
  cursors: 'CURSOR_HOURS',
  'moves of a cursor that a killed hub may lose': 'CURSOR_DELAY_SECONDS',
};

/** Of README: what `npm start` reads. */
export function startSettings(): string {
  return table(['variable', 'default', 'range', 'what'], settingsOf('npm start'), (name) => [
    byDefaultOf(name),
    rangeOf(name),
    WHAT[name],
  ]);
}

/** Of hub.md: what a hub reads, without what other parts of that document and security.md have. */
export function hubSettingsTable(): string {
  const own = settingsOf('hub').filter((name) => !/^DOORBELL_|_TABLE$|^MAILBOX_PREFIX$/.test(name));
  return table(['variable', 'default', 'range', 'what'], own, (name) => [
    byDefaultOf(name),
    rangeOf(name),
    WHAT[name],
  ]);
}

/** Of settings.md: everything. */
export function allSettings(): string {
  const head = ['variable', 'what', 'unit', 'range', 'default', 'read by', 'parameter of a deploy'];
  return table(head, settingsOf(), (name) => {
    const { unit, parameter, readBy } = rowOf(name);
    const readers: readonly Reader[] = readBy;
    return [
      WHAT[name],
      unit ?? '',
      rangeOf(name),
      byDefaultOf(name),
      readers.join(', '),
      parameter === undefined ? '' : `\`${parameter}\``,
    ];
  });
}

/** limits.md with the cells that say how a limit is set. */
export function withLimitSettings(document: string): string {
  return document.replace(
    /^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|/gm,
    (row, limit: string, byDefault: string) => {
      const name = LIMIT_SETTINGS[limit];
      return name === undefined ? row : `| ${limit} | ${byDefault} | ${limitSetting(name)} |`;
    },
  );
}

/** By which names a limit is set, and within which range. */
function limitSetting(name: SettingName): string {
  const { parameter, least, most } = rowOf(name);
  const names = parameter === undefined ? `\`${name}\`` : `\`${parameter}\`; without a deploy \`${name}\``;
  return least === undefined ? names : `${names}; ${plain(least)} to ${plain(most)}`;
}

interface Row extends Pick<Setting, 'readBy' | 'parameter'> {
  readonly unit?: string;
  readonly least?: number;
  readonly most?: number;
  readonly oneOf?: readonly string[];
  readonly holds?: string;
  readonly byDefault?: number | string;
}

const rowOf = (name: SettingName): Row => SETTINGS[name];
const plain = (value: number | undefined) => value?.toLocaleString('en') ?? '';

function byDefaultOf(name: SettingName): string {
  const { byDefault = 'none' } = rowOf(name);
  return typeof byDefault === 'number' || byDefault === 'none' ? String(byDefault) : `\`${byDefault}\``;
}

function rangeOf(name: SettingName): string {
  const { least, most, oneOf, holds = '' } = rowOf(name);
  if (oneOf) return oneOf.map((word) => `\`${word}\``).join(', ');
  return least === undefined ? holds : `${least}–${most}`;
}

function table(
  head: readonly string[],
  names: readonly SettingName[],
  cells: (name: SettingName) => readonly string[],
): string {
  const row = (all: readonly string[]) => `| ${all.join(' | ')} |`.replaceAll('|  |', '| |');
  return [
    row(head),
    row(head.map(() => '---')),
    ...names.map((name) => row([`\`${name}\``, ...cells(name)])),
  ].join('\n');
}
