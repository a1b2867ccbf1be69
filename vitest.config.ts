import { defineConfig } from 'vitest/config';

/** Where to put the results as JSON beside the usual report, for a gate that reads them. */
const json = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // A test that talks to emulators or a browser may wait out a whole poll.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});
