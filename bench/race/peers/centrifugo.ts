/** Centrifugo: a server for real-time messages in Go, by its one-way server-sent events; history in memory, from which a reader goes on. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { GO_MODULES, missingGo, mustFind } from '../installed.ts';
import { requestText } from '../net/connections.ts';
import { httpServer } from '../net/http-server.ts';
import { type Piece, pollsOfStream } from '../net/polls-of-stream.ts';
import type { Peer } from '../peer.ts';
import { start, up } from '../processes.ts';

interface Publication {
  readonly data: { readonly n: number };
  readonly offset: number;
}

/** What a line of data holds, as far as it is looked at: the answer to the connect, one publication, or nothing (a ping). */
interface Push {
  readonly connect?: {
    readonly subs: Readonly<
      Record<string, { readonly epoch: string; readonly publications?: readonly Publication[] }>
    >;
  };
  readonly pub?: Publication;
}

export const centrifugo: Peer = {
  name: 'centrifugo',
  about: 'Centrifugo, in Go: server-sent events with recovery from its history; memory only',
  reaches: 'all',
  streams: true,
  missing: () => missingGo('centrifugo'),
  version: () => GO_MODULES.centrifugo ?? '',
  async start({ folder }) {
    const port = await freePort();
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify(settings(port)));
    const server = start({ folder, command: mustFind('centrifugo'), args: ['--config', config] });
    await up(port, server);
    const running = httpServer({
      processes: [server],
      port,
      publish: (channel, event) =>
        requestText(
          'POST',
          '/api/publish',
          { 'Content-Type': 'application/json' },
          `{"channel":"${channel}","data":${event}}`,
        ),
      poll: ask,
      stream: {
        ask: (channel) => ask(channel, undefined),
        numbersIn: (data) => pieceOf(data as Push)?.numbers ?? [],
      },
      read: () => ({ numbers: [], cursor: undefined }),
    });
    return { ...running, poll: pollsOfStream(port, ask, (line) => pieceOf(JSON.parse(line) as Push)) };
  },
};

/** Whoever comes may read and publish: nothing of that is measured. */
function settings(port: number): object {
  return {
    http_server: { address: '127.0.0.1', port },
    log: { level: 'error' },
    client: { insecure: true },
    http_api: { insecure: true },
    uni_sse: { enabled: true },
    channel: {
      without_namespace: {
        history_size: 20_000,
        history_ttl: '900s',
        force_recovery: true,
        allow_subscribe_for_client: true,
        allow_subscribe_for_anonymous: true,
      },
    },
  };
}

function ask(channel: string, place: unknown): string {
  const from = (place ?? { offset: 0, epoch: '' }) as object;
  const connect = JSON.stringify({ subs: { [channel]: { recover: true, ...from } } });
  return requestText('GET', `/connection/uni_sse?cf_connect=${encodeURIComponent(connect)}`, {
    Accept: 'text/event-stream',
  });
}

/** A place needs the epoch only after a restart, which no case has. */
function pieceOf({ connect, pub }: Push): Piece | undefined {
  const told = connect ? Object.values(connect.subs).flatMap(({ publications = [] }) => publications) : [];
  const publications = pub ? [pub] : told;
  const last = publications.at(-1);
  if (!last) return undefined;
  return { numbers: publications.map(({ data }) => data.n), place: { offset: last.offset, epoch: '' } };
}
