/** Yjs: documents that several write at once. Its own server is between its provider and the server under test. */

import { YjsProvider } from '@durable-streams/y-durable-streams';
import { YjsServer } from '@durable-streams/y-durable-streams/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { headers, server } from './server.mjs';

describe('@durable-streams/y-durable-streams', () => {
  let yjs;
  beforeAll(async () => {
    yjs = new YjsServer({ port: 0, dsServerUrl: server, dsServerHeaders: headers });
    await yjs.start();
  });
  afterAll(() => yjs.stop());

  const open = (docId, liveMode) => {
    const doc = new Y.Doc();
    const awareness = new Awareness(doc);
    const provider = new YjsProvider({ doc, awareness, docId, liveMode, baseUrl: `${yjs.url}/v1/yjs/tests` });
    const synced = new Promise((resolve) => provider.on('synced', (is) => is && resolve()));
    return { doc, awareness, provider, synced, text: doc.getText('notes') };
  };

  test.each(['long-poll', 'sse'])(
    'two who write one document have the same text, by %s',
    async (liveMode) => {
      const docId = `docs/${crypto.randomUUID()}`;
      const [one, other] = [open(docId, liveMode), open(docId, liveMode)];
      await Promise.all([one.synced, other.synced]);

      one.text.insert(0, 'ab');
      other.text.insert(0, 'ÄÖ🚪');
      one.awareness.setLocalState({ name: 'one' });
      await expect.poll(() => one.text.length + other.text.length, { timeout: 30_000 }).toBe(12);
      await expect
        .poll(() => [...other.awareness.getStates().values()].map(({ name }) => name), { timeout: 30_000 })
        .toContain('one');
      const late = open(docId, liveMode);
      await late.synced;

      expect(one.text.toString()).toBe(other.text.toString());
      await expect.poll(() => late.text.toString(), { timeout: 30_000 }).toBe(one.text.toString());
      for (const { provider } of [one, other, late]) provider.destroy();
    },
  );
});
