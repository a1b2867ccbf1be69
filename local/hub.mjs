/**
 * What `npm run hub` starts: hub.ts, with the code that Node has compiled the last time. Stripping types and compiling takes half of a start, and the
 * stripper 25 MB. JavaScript, because a file whose own types had to go would bring it along.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** By then all that a hub runs through at its start is loaded. */
const LOADED_MS = 3_000;

// Where nothing can be written there is no cache, and that is all.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'doorbell'));
await import('./hub.ts');
// A kill would leave the next start as slow as the first.
setTimeout(flushCompileCache, LOADED_MS).unref();
