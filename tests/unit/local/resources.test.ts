/** What serverless.yml must hold together: numbers that depend on each other, packages, and who may write which logs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { loadService, type Service } from '../../../local/emulators/service.ts';

interface Declaration {
  readonly handler: string;
  readonly role: string;
  readonly timeout: number;
  readonly package: { readonly patterns: readonly string[] };
}

const NAMES = ['poll', 'publish', 'ingest', 'sweep', 'page', 'ticket', 'producer'];
let service: Service;
const functionNamed = (name: string) => service.functions[name] as unknown as Declaration;
const propertiesOf = (id: string) => service.resources.Resources[id]?.Properties ?? {};

beforeAll(async () => {
  service = await loadService();
});

test('declares exactly the seven functions', () => {
  expect(Object.keys(service.functions)).toEqual(NAMES);
});

describe.each(NAMES)('%s', (name) => {
  test('ships its own bundle, and no other function`s', () => {
    const { handler, package: shipped } = functionNamed(name);

    expect(handler).toBe(`dist/${name}.handler`);
    // What checks by schemas lies beside those that take events in.
    const beside = name === 'publish' || name === 'ingest' ? ['dist/channel-schemas.mjs'] : [];
    expect(shipped.patterns.filter((file) => file.endsWith('.mjs'))).toEqual([`dist/${name}.mjs`, ...beside]);
  });

  test('has a role of its own, which writes to its own log group only', () => {
    const { role } = functionNamed(name);
    const others = NAMES.filter((other) => other !== name).map((other) => functionNamed(other).role);
    const logs = JSON.stringify(propertiesOf(role)).match(/log-group:[^"]*/g);

    expect(others).not.toContain(role);
    expect(logs).toEqual([`log-group:/aws/lambda/doorbell-dev-${name}:*`]);
  });
});

test('a batch is hidden for six times as long as its function may run', () => {
  expect(propertiesOf('IngestQueue').VisibilityTimeout).toBeGreaterThanOrEqual(
    6 * functionNamed('ingest').timeout,
  );
});

test('a poll may be held for its 20 s, and ends before the gateway gives up', () => {
  expect(functionNamed('poll').timeout).toBeGreaterThan(20);
  expect(functionNamed('poll').timeout).toBeLessThan(30);
});

test('names of resources carry the stage, so that stages do not meet', async () => {
  const { resources } = await loadService({ stage: 'prod' });
  const names = Object.values(resources.Resources).map(
    ({ Properties = {} }) => Properties.TableName ?? Properties.QueueName,
  );

  expect(names.filter(Boolean)).toEqual([
    'doorbell-prod-events',
    'doorbell-prod-cursors',
    'doorbell-prod-waiters',
    'doorbell-prod-states',
    'doorbell-prod-ingest.fifo',
    'doorbell-prod-ingest-dead.fifo',
  ]);
});
