/** Starts the login server; README.md says what each variable is. */

import { OidcClient } from './oidc.ts';
import { loginServer } from './server.ts';

const { env } = process;
const needed = (name: string) => {
  const value = env[name];
  if (!value) throw new Error(`Set ${name}; README.md says to what.`);
  return value;
};

const secret = needed('DOORBELL_SECRET');
const origin = needed('ORIGIN');
const oidc = await OidcClient.discover({
  issuer: needed('OIDC_ISSUER'),
  clientId: needed('OIDC_CLIENT_ID'),
  clientSecret: env.OIDC_CLIENT_SECRET,
  redirectUri: `${origin}/login/callback`,
});
const server = loginServer({
  oidc,
  secret,
  doorbell: env.DOORBELL_URL || 'http://127.0.0.1:3000',
  cookie: env.DOORBELL_TOKEN_COOKIE || 'doorbell',
  secure: origin.startsWith('https:'),
  now: Date.now,
  // Yours to change: who may read what. `who` holds the claims of the ID token, such as groups.
  grants: (_who) => ({ read: (env.DOORBELL_READ || 'doors').split(' ') }),
});
server.listen(Number(env.PORT || 8080), env.HOST || '127.0.0.1', () => console.log(`open ${origin}/`));
