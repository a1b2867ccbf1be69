/** nginx with the nchan module: messages in shared memory, a message id in `Last-Modified` and `ETag`. */

import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { debianVersions, missingCommands } from '../installed.ts';
import { requestText } from '../net/connections.ts';
import { httpServer, jsonReader } from '../net/http-server.ts';
import { NGINX_MODULE_NCHAN, startNginx } from '../nginx.ts';
import type { Peer } from '../peer.ts';

interface Place {
  readonly modified: string;
  readonly tag: string;
}

/** Keeps as many as any case publishes, for as long as any case takes. */
const KEEP = 'nchan_message_buffer_length 10000; nchan_message_timeout 15m;';

export const nchan: Peer = {
  name: 'nchan',
  about: 'nginx with the nchan module, in C; memory only',
  reaches: 'all',
  streams: true,
  missing: () => missingCommands('nginx') ?? NGINX_MODULE_NCHAN.missing(),
  version: () => debianVersions('nginx', 'libnginx-mod-nchan'),
  async start({ folder }) {
    const port = await freePort();
    const server = await startNginx({
      folder,
      port,
      load: NGINX_MODULE_NCHAN.load,
      http: 'nchan_shared_memory_size 512M;',
      locations: `
        location ~ ^/publish/(.+)$ { nchan_publisher; nchan_channel_id $1; ${KEEP} }
        location ~ ^/poll/(.+)$ {
          nchan_subscriber longpoll eventsource; nchan_channel_id $1;
          nchan_subscriber_first_message oldest; nchan_subscriber_timeout 60s;
        }`,
    });
    return httpServer({
      processes: [server],
      port,
      publish: (channel, event) =>
        requestText('POST', `/publish/${channel}`, { 'Content-Type': 'application/json' }, event),
      poll: (channel, place) =>
        requestText('GET', `/poll/${channel}`, place === undefined ? {} : since(place)),
      stream: {
        ask: (channel) => requestText('GET', `/poll/${channel}`, { Accept: 'text/event-stream' }),
        numbersIn: (event) => [(event as { readonly n: number }).n],
      },
      read({ status, headers, body }, place) {
        if (status === 304) return { numbers: [], cursor: place };
        return {
          numbers: [numberIn(body)],
          cursor: { modified: headers.get('last-modified'), tag: headers.get('etag') },
        };
      },
    });
  },
};

function since(place: unknown): Readonly<Record<string, string>> {
  const { modified, tag } = place as Place;
  return { 'If-Modified-Since': modified, 'If-None-Match': tag };
}

const numberIn = jsonReader((body) => (body as { readonly n: number }).n);
