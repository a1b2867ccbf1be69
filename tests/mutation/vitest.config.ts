/** The tests that may kill a mutant: those on doubles, which need no emulator and end in seconds, or those that `npm run mutation` was told. */
import { defineConfig } from 'vitest/config';

/** They look at what is built, or start processes: a mutant would fail them without being understood, or not reach them. */
const OF_BUILDS = ['client/size', 'telemetry/logger', 'local/build-cache', 'local/openapi'];
/** Nothing of what is mutated is in them. */
const OF_OTHERS = ['bench', 'cost', 'dashboard', 'race', 'verify'];

export default defineConfig({
  test: {
    include: process.env.MUTATION_TESTS?.split('\n') ?? [
      'tests/unit/**/*.test.ts',
      'tests/property/**/*.test.ts',
    ],
    exclude: [
      ...OF_BUILDS.map((name) => `tests/unit/${name}.test.ts`),
      ...OF_OTHERS.map((folder) => `tests/unit/${folder}/**`),
    ],
    isolate: false,
    unstubGlobals: true,
    // A busy machine must not fail the first run, after which nothing is tested.
    testTimeout: 15_000,
    env: { DOORBELL_TEST_ON: 'local' },
    setupFiles: ['tests/mutation/seed.ts'],
  },
});
