/** The admin port shares its process with the hub, whose own answers it must not change. */
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { startAdmin } from '../../../hub/admin.ts';

test('the admin port leaves the global Request and Response of the process as they are', async () => {
  const { Request: request, Response: response } = globalThis;
  const admin = await startAdmin({ host: '127.0.0.1', port: 0 }, new Registry(), async () => true);
  try {
    expect(globalThis.Request).toBe(request);
    expect(globalThis.Response).toBe(response);
  } finally {
    await admin.close();
  }
});
