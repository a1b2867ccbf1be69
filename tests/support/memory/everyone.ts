/** In place of tokens, for tests of what lies behind them: whoever asks may do everything. */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import type { Access } from '../../../lib/http/app.ts';

export const everyone: Access = {
  corsOrigins: [],
  async authenticate(c, next) {
    c.set('caller', { ...TRUSTED, dead: ['*'] });
    c.set('query', new URL(c.req.url).searchParams);
    c.set('checkAgain', async () => undefined);
    await next();
  },
};
