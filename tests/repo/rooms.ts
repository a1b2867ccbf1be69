/**
 * Which room may import which, as data: `dependencies.test.ts` holds the code to it. Rooms stand in the order of
 * their levels, so none imports one below itself in this list, and there can be no circle.
 */

/** What a room of `lib/` may import of the others. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  // 1: nothing of ours; an error knows the closed list of codes.
  protocol: [],
  'errors.ts': ['protocol'],
  telemetry: ['protocol'],
  // 2
  'config.ts': [],
  runtime: ['telemetry'],
  // 3: never each other.
  auth: ['protocol', 'errors.ts', 'config.ts', 'runtime'],
  log: ['protocol', 'errors.ts', 'telemetry', 'runtime'],
  cursors: ['protocol', 'telemetry', 'runtime'],
  // 4
  wakeup: ['protocol', 'telemetry', 'runtime', 'log'],
  channels: ['protocol', 'errors.ts', 'runtime', 'auth', 'log', 'cursors'],
  expectations: ['protocol', 'errors.ts', 'telemetry', 'runtime', 'log'],
  state: ['protocol', 'errors.ts', 'telemetry', 'runtime', 'auth', 'log'],
  // 5: never each other.
  poll: ['protocol', 'errors.ts', 'telemetry', 'runtime', 'auth', 'log', 'cursors', 'wakeup'],
  publish: ['protocol', 'errors.ts', 'telemetry', 'runtime', 'auth', 'log', 'wakeup', 'expectations'],
  // 6: the second protocol, on what serves the first.
  streams: [
    'protocol',
    'errors.ts',
    'telemetry',
    'runtime',
    'auth',
    'log',
    'wakeup',
    'state',
    'poll',
    'publish',
  ],
  // 7: edges, which never know each other.
  http: [
    'protocol',
    'errors.ts',
    'telemetry',
    'runtime',
    'auth',
    'channels',
    'expectations',
    'state',
    'poll',
    'publish',
    'streams',
  ],
  aws: [
    'protocol',
    'errors.ts',
    'runtime',
    'auth',
    'log',
    'cursors',
    'wakeup',
    'expectations',
    'state',
    'publish',
  ],
  sqlite: [
    'protocol',
    'errors.ts',
    'config.ts',
    'telemetry',
    'runtime',
    'log',
    'cursors',
    'expectations',
    'state',
  ],
  schemas: ['protocol', 'runtime', 'publish'],
  // 8: puts the others together; only here may the two grounds be known.
  compose: [
    'protocol',
    'config.ts',
    'telemetry',
    'runtime',
    'auth',
    'log',
    'cursors',
    'wakeup',
    'channels',
    'expectations',
    'state',
    'poll',
    'publish',
    'streams',
    'http',
    'aws',
    'sqlite',
    'schemas',
  ],
};

/** What an edge may know of a room that it serves: its ports, and what they are made of. */
export const PLAIN_TYPES: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'expectations/ports.ts',
    'wakeup/ports.ts',
    'publish/ports.ts',
    'cursors/ports.ts',
    'state/ports.ts',
    'state/keys.ts',
  ],
  sqlite: ['expectations/ports.ts', 'cursors/ports.ts', 'state/ports.ts', 'state/keys.ts'],
  schemas: ['publish/ports.ts'],
};

/** What each folder beside `lib/` may import: folders, files and packages; `node:` stands for Node's own modules. */
export const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'packages/client': ['packages/client', 'lib/protocol', 'react'],
  'packages/producer': ['packages/producer', 'lib/protocol', '@aws-sdk/client-sqs', 'node:'],
  dashboard: ['dashboard', 'packages/client', 'lib/protocol', 'uplot'],
  // `jose` signs the token for the server that the crash loop starts.
  'packages/testing/src/check': ['packages/testing/src/check', 'lib/protocol', 'jose', 'node:'],
  functions: ['lib', '@aws-lambda-powertools', 'aws-lambda', 'node:'],
};
