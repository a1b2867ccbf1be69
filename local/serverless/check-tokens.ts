/** A deploy whose functions could check no token is refused before anything is made: they would only fail later, one by one. */

import { tokenSettings } from '../../lib/auth/settings.ts';
import type { Service } from '../emulators/service.ts';

/** Throws an error whose message is for whoever deploys. */
export function checkTokens({ functions }: Service): void {
  for (const [name, { environment = {} }] of Object.entries(functions)) {
    if (!('DOORBELL_SECRET_PARAMETER' in environment)) continue;
    const texts = Object.entries(environment).map(([key, value]) => [key, String(value)] as const);
    try {
      const { secretParameter } = tokenSettings(Object.fromEntries(texts));
      if (secretParameter !== undefined && !secretParameter.startsWith('/'))
        throw new Error(`secretParameter must begin with /, got ${secretParameter}`);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}${HOW}`, { cause: error });
    }
  }
}

const HOW = `

  aws ssm put-parameter --type SecureString --name /doorbell/prod/secret --value "$(openssl rand -base64 48)"
  npx serverless deploy --stage prod --param="secretParameter=/doorbell/prod/secret"

or, with an identity provider: --param="jwksUrl=…" --param="issuer=…" --param="audience=…"`;
