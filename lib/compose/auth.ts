/** Who is let in, as the environment says: tokens are checked with the keys that it names. */

import { jwksKeys, type Keys, secretKeys } from '../auth/keys.ts';
import { tokenSettings } from '../auth/settings.ts';
import { Verifier } from '../auth/verifier.ts';
import type { Environment } from '../config.ts';
import { authenticate } from '../http/middleware/authenticate.ts';
import type { Base, Gate } from './hub-ports.ts';
import { corsHeaders, corsOrigins, publicChannels } from './settings.ts';

/** Reads the keys that a parameter in AWS's store holds. */
export type ReadParameter = (name: string) => Promise<readonly string[]>;

/** Throws when the environment names no key, or names a parameter and nobody can read one. */
export function gateOf(env: Environment, common: Base, readParameter?: ReadParameter): Gate {
  const { secrets, secretParameter, jwks, claims, carriers, revoked } = tokenSettings(env);
  let shared: Keys | undefined;
  if (secretParameter !== undefined) {
    if (!readParameter)
      throw new Error('DOORBELL_SECRET_PARAMETER is for a hub on AWS. Set DOORBELL_SECRET here.');
    shared = secretKeys(() => readParameter(secretParameter), common);
  } else if (secrets.length > 0) shared = secretKeys(async () => secrets, common);
  const keys = [...(shared ? [shared] : []), ...(jwks ? [jwksKeys(jwks, common)] : [])];
  // In Lambda: while the environment starts, not while a reader waits.
  for (const each of keys) each.warm();
  const verifier = new Verifier({ keys, claims, revoked, clock: common.clock });
  return {
    authenticate: authenticate(verifier, carriers, publicChannels(env)),
    verifier,
    carriers,
    ...(shared ? { secrets: shared } : {}),
    corsOrigins: corsOrigins(env),
    corsHeaders: corsHeaders(env),
  };
}
