/** `npm run verify -- --url …`: see verify.ts. */

import { Refused } from './load/party.ts';
import { Usage } from './options.ts';
import { interruptsOf } from './stop.ts';
import { verify } from './verify.ts';

try {
  process.exitCode = await verify(process.argv.slice(2), console.log, interruptsOf(process), process.env);
  // After a second Ctrl-C requests are still under way.
  process.exit();
} catch (error) {
  if (!(error instanceof Usage || error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
