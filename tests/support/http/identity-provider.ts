/** An OpenID provider on this machine, and a login server (examples/login) that knows it, in front of a Doorbell. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { OidcClient } from '../../../examples/login/oidc.ts';
import { type LoginOptions, loginServer } from '../../../examples/login/server.ts';

const CLIENT = 'dashboards';

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

export interface Logins {
  /** Where the login server is. */
  readonly url: string;
  /** Where the provider is. */
  readonly issuer: string;
  /** The login server's view of the provider. */
  readonly oidc: OidcClient;
  stop(): Promise<void>;
}

/** The provider takes any name and password; its client is public, and must use PKCE. */
export async function startLogins(
  options: Omit<LoginOptions, 'oidc' | 'secure' | 'now'> & { readonly now?: () => number },
): Promise<Logins> {
  const provider = createServer();
  const issuer = await listening(provider);
  // Its address is needed for what answers there.
  let login: Server | undefined;
  const front = createServer((request, response) => void login?.emit('request', request, response));
  const url = await listening(front);
  const redirectUri = `${url}/login/callback`;
  const known = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    cookies: { keys: ['the-key-of-these-tests'] },
    pkce: { required: () => true },
  });
  provider.on('request', known.callback());
  const oidc = await OidcClient.discover({ issuer, clientId: CLIENT, redirectUri });
  login = loginServer({ now: Date.now, ...options, oidc, secure: false });
  return {
    url,
    issuer,
    oidc,
    async stop() {
      await Promise.all([closed(front), closed(provider)]);
    },
  };
}
