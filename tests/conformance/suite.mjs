import { runConformanceTests } from '@durable-streams/server-conformance-tests';
import { describe } from 'vitest';

describe('Durable Streams', () => {
  runConformanceTests({ baseUrl: process.env.CONFORMANCE_URL });
});
