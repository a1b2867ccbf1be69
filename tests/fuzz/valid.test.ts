/** What the OpenAPI document allows is never refused as wrong and never fails; and what is answered is what the document says. */

import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readChannelSchemas } from '../../lib/schemas/channel-schemas.ts';
import { openApi } from '../../local/bundle/openapi.ts';
import { memoryApp } from '../support/memory/memory-app.ts';
import { addressOf, type Call, validCall } from './arbitraries.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const ajv = new Ajv.default({ strict: false });
ajv.addSchema({ $id: 'api', ...openApi() });

/** That all data fits, of one of the channels that are asked for. */
const schemas = readChannelSchemas('{"doors":true,"constructor":{"$comment":"anything"}}');

/** What is allowed and still not done: the channel has no event, or is another than the reader followed. */
const REFUSALS = [404, 409];

test(
  'a call that the document allows is answered as the document says',
  async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(validCall, fc.boolean(), async (call, again) => {
        const { app, token, answer, logger } = await memoryApp({ schemas });
        const ask = async () => answer(app.request(addressOf(call), initOf(call, token)));
        if (again) await ask();

        const response = await ask();

        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        expect(response.ok || REFUSALS.includes(response.status)).toBe(true);
        await expectDocumented(call, response);
        expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
      }),
      runs(400),
    );

    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 404, 409]));
  },
  TIMEOUT_MS,
);

function initOf({ operation, headers: given, type, body }: Call, token: string): RequestInit {
  const headers: Record<string, string> = { ...Object.fromEntries(given), authorization: `Bearer ${token}` };
  if (type !== undefined) headers['content-type'] = type;
  return { method: operation.method, headers, ...(body === undefined ? {} : { body }) };
}

async function expectDocumented({ operation }: Call, response: Response): Promise<void> {
  const documented = operation.responses[response.status];
  if (!documented) throw new Error(`${operation.operationId} does not document ${response.status}`);
  const text = await response.text();
  // The ancestor's route answers with nothing when its wait ends.
  if (!documented.content || (operation.operationId === 'backend' && text === '')) {
    expect(text).toBe('');
    return;
  }
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  expect(Object.keys(documented.content)).toContain(type);
  if (!type.endsWith('json')) return;
  const at = `api#/paths/${pointed(operation.path)}/${operation.method.toLowerCase()}/responses/${response.status}/content/${pointed(type)}/schema`;
  ajv.validate({ $ref: at }, JSON.parse(text));
  expect(ajv.errors ?? []).toEqual([]);
}

/** As a part of a JSON Pointer in a fragment. */
function pointed(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
