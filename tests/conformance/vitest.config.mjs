/** The suite waits out whole long polls, and 20 s are more than Vitest's own limit. */
export default {
  test: {
    root: import.meta.dirname,
    include: ['suite.mjs'],
    setupFiles: ['./token.mjs'],
    testTimeout: 40_000,
    hookTimeout: 40_000,
    reporters: process.env.CONFORMANCE_JSON ? ['dot', 'json'] : ['default'],
    ...(process.env.CONFORMANCE_JSON ? { outputFile: { json: process.env.CONFORMANCE_JSON } } : {}),
  },
};
