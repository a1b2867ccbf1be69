/** What every refused request must look like, and leave behind: nothing. */

import { expect } from 'vitest';
import type { Stack } from '../stack/stack.ts';
import { scanAll } from '../stack/tables.ts';
import { problem } from './http.ts';

interface Expected {
  readonly status: number;
  /** The last part of `type`. */
  readonly type?: string;
  readonly field?: string;
}

/** Makes the request; expects a problem document, and every table as it was. */
export async function expectProblem(
  stack: Stack,
  { status, type, field }: Expected,
  request: () => Response | Promise<Response>,
): Promise<Response> {
  const before = await scanAll(stack);

  const response = await request();

  await expectProblemDocument(response.clone(), status, type, field);
  expect(await scanAll(stack)).toEqual(before);
  return response;
}

/** An RFC 9457 document, with the manners of every answer. */
export async function expectProblemDocument(
  response: Response,
  status: number,
  type?: string,
  field?: string,
): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await problem(response)).toEqual(
    expect.objectContaining({
      type:
        type === undefined ? expect.stringMatching(/^urn:doorbell:problem:/) : `urn:doorbell:problem:${type}`,
      title: expect.stringMatching(/\w/),
      status,
      detail: expect.stringMatching(/\w{2}/),
      ...(field === undefined ? {} : { field }),
    }),
  );
}
