import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { SlowFirst } from './tests/support/repo/slow-first.ts';
import { awsPrefix } from './tests/support/stack/aws-stack.ts';
import { WAIT_MS } from './tests/support/time/limits.ts';

/** Where to put the results as JSON beside the usual report, for a gate that reads them. */
const json = process.env.VITEST_JSON;

const CONTRACT = 'tests/contract/**/*.test.ts';
const JUDGES = 'tests/judges/**/*.test.ts';
const INTEGRATION = 'tests/integration/**/*.test.ts';
/** About `npm start` and the embedded emulators themselves: on other ground there is nothing for them to test. */
const LOCAL_ONLY = [
  'tests/integration/cli.test.ts',
  'tests/integration/alarms.test.ts',
  'tests/integration/crash.test.ts',
  'tests/integration/cross-origin.test.ts',
  'tests/integration/trim-sdk.test.ts',
  'tests/integration/dynamodb.test.ts',
  'tests/integration/examples.test.ts',
  'tests/integration/full-disk.test.ts',
  'tests/integration/hub-file.test.ts',
  'tests/integration/fifo-store.test.ts',
  'tests/integration/listening-ports.test.ts',
  'tests/integration/local-stack.test.ts',
  'tests/integration/lock.test.ts',
  'tests/integration/offline-life.test.ts',
  'tests/integration/offline.test.ts',
  'tests/integration/planted-secrets.test.ts',
  'tests/integration/race.test.ts',
  'tests/integration/setup.test.ts',
  'tests/integration/stopping.test.ts',
  'tests/integration/table-store.test.ts',
  'tests/integration/unheard.test.ts',
];
/**
 * They change the process that they run in, its environment or the modules that it has loaded, so each has one of its own. All others share theirs, file
 * after file: to start a process and load the same modules anew took as long as most files' tests.
 */
const OWN_PROCESS = [
  'tests/model/**/*.test.ts',
  'tests/integration/alarms.test.ts',
  'tests/integration/crash.test.ts',
  'tests/integration/cross-origin.test.ts',
  'tests/integration/ingest.test.ts',
  'tests/integration/managed-instances.test.ts',
  'tests/integration/stopping.test.ts',
];
/** Code on doubles, to which time, chance and the environment are passed in. */
const ON_DOUBLES = ['tests/unit/**/*.test.ts', 'tests/property/**/*.test.ts', 'tests/fuzz/**/*.test.ts'];
/** What judges have in folders of their own brings tests of its own. */
const INSTALLED = '**/node_modules/**';
const SECOND_SERVERS = 'tests/support/second/servers.ts';
const RUN_FOLDER = 'tests/support/stack/run-folder.ts';
const COMPILED_CODE = 'tests/support/repo/compiled-code.ts';

/** What the suites stand on is said by `--mode`, so in one place for every shell; tests/support/stack/stack.ts takes it from here. */
const on = (ground: string) => ({ DOORBELL_TEST_ON: ground });

/**
 * Node itself loads what is tested, as it does when it runs: Vite would rewrite each file, and its runner would look up each imported name at each use.
 * A 40th of the processor time of a run. Counting lines needs what Vite makes of them.
 */
const experimental = { viteModuleRunner: process.argv.includes('--coverage') } as const;

/** `--sequence.shuffle.files`: an order of one's own would win over it. */
const isShuffled = process.argv.some((word) => word.startsWith('--sequence.shuffle'));

/** Of files that share a process: what one leaves in it is nothing to the next. */
const shared = { isolate: false, unstubGlobals: true, restoreMocks: true } as const;

const local: TestProjectConfiguration[] = [
  {
    extends: true,
    test: { name: 'doubles', include: ON_DOUBLES, env: on('local'), ...shared },
  },
  {
    extends: true,
    test: {
      name: 'local',
      include: ['tests/**/*.test.ts'],
      exclude: [...ON_DOUBLES, ...OWN_PROCESS, JUDGES, INSTALLED],
      env: on('local'),
      globalSetup: RUN_FOLDER,
      ...shared,
    },
  },
  {
    extends: true,
    test: { name: 'local-own-process', include: OWN_PROCESS, env: on('local'), globalSetup: RUN_FOLDER },
  },
  // The contract suites run on the second ground too, whenever they run.
  {
    extends: true,
    test: { name: 'second', include: [CONTRACT], env: on('second'), globalSetup: SECOND_SERVERS, ...shared },
  },
];

const second: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'second',
    include: [CONTRACT, INTEGRATION],
    exclude: LOCAL_ONLY,
    env: on('second'),
    globalSetup: [SECOND_SERVERS, RUN_FOLDER],
    // Its DynamoDB serves one call at a time, in some milliseconds.
    testTimeout: 90_000,
  },
};

/** Tools that others wrote: `npm run judges`. They take minutes, and are fetched first. */
const judges: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'judges',
    include: [JUDGES],
    env: on('local'),
    globalSetup: RUN_FOLDER,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
};

const aws: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'aws',
    include: [CONTRACT, INTEGRATION],
    exclude: LOCAL_ONLY,
    env: on('aws'),
    globalSetup: RUN_FOLDER,
    // A table takes 10 s to make, and as long to delete.
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
};

export default defineConfig(({ mode }) => {
  if (mode === 'aws') awsPrefix(process.env);
  const projects = { aws: [aws], second: [second], judges: [judges] }[mode] ?? local;
  return {
    test: {
      projects,
      globalSetup: COMPILED_CODE,
      experimental,
      // Two thirds of a test's time is waiting, for a program that starts or a poll that ends: one worker a core leaves most of the cores idle.
      maxWorkers: 2 * availableParallelism() + 1,
      sequence: isShuffled ? {} : { sequencer: SlowFirst },
      // A test that talks to emulators or a browser may wait out a whole poll, on a machine with other work.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: WAIT_MS } },
      // `npm run coverage`. What runs in a child process (npm start, the browser) is not counted.
      coverage: { provider: 'v8', include: ['lib/**'], reporter: ['text', 'json'] },
      reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
    },
  };
});
