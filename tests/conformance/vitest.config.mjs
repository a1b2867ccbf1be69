/** The suite waits out whole long polls, and 20 s are more than Vitest's own limit. Nothing is tried again. */
export default {
  test: {
    root: import.meta.dirname,
    include: ['suite.mjs', 'clients/*.mjs'],
    exclude: ['clients/server.mjs'],
    setupFiles: ['./token.mjs'],
    testTimeout: 40_000,
    hookTimeout: 40_000,
    reporters: process.env.CONFORMANCE_JSON ? ['dot', 'json'] : ['default'],
    ...(process.env.CONFORMANCE_JSON ? { outputFile: { json: process.env.CONFORMANCE_JSON } } : {}),
  },
};
