/** The hub on AWS, by the environment that the functions have too. */

import { onAws } from '../lib/compose/hub.ts';
import { run } from './run.ts';

run(() => ({ compose: onAws(process.env) }));
