/**
 * `npm start`: the whole stack in one process. PORT (default 3000; 0 is any free one) and HOST (default 127.0.0.1) say where, DOORBELL_SECRET (default: a
 * development key) what tokens are signed with,
 * DATA_DIR (default .doorbell) where its tables are kept, LOG_LEVEL (default WARN) how much the handlers say.
 * A port that is taken is one line, not a stack trace.
 */
import { once } from 'node:events';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { goOnUnheard } from '../hub/output.ts';
import { secretsIn } from '../lib/auth/settings.ts';
import { channelSchemas } from '../lib/compose/channel-schemas.ts';
import { DEPLOYED } from '../lib/compose/settings.ts';
import { type Environment, SETTINGS, text } from '../lib/config.ts';
import { isLoopback } from '../lib/protocol/loopback.ts';
import { forgetAws } from './emulators/environment.ts';
import { SERVICE_DIR } from './emulators/service.ts';
import { takesNoArguments } from './no-arguments.ts';
import { fullAmong } from './no-room.ts';
import { endWithParent } from './process.ts';

const DEFAULT_PORT = SETTINGS.PORT.byDefault;
/** By then all that a start runs through is loaded. */
const LOADED_MS = 10_000;

/** Throws an error whose message is for the reader. */
export function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new Error(`PORT must be 0-65535, got ${text}`);
  return port;
}

/** Errors and warnings unless it is told otherwise; and no debugging, at which serverless-offline prints requests whole: tokens and events. */
export function frameworkLevel(asked: string | undefined): string {
  return asked === 'debug' ? 'info' : asked || 'warning';
}

/** Throws an error whose message is for the reader: what others can reach must not be open to a key that this program made up. */
export function checkSecret(host: string, secret: string | undefined): void {
  if (!isLoopback(host) && !secret)
    throw new Error(
      `HOST=${host} lets others in. Set DOORBELL_SECRET (at least 32 bytes) to say with which key: openssl rand -base64 48`,
    );
  if (secret) secretsIn(secret, 'DOORBELL_SECRET');
}

/**
 * Throws an error whose message is for the reader. The functions read these when they are first called: serverless-offline would then answer
 * every request with status 200 and a stack trace, and a start that looked well.
 */
export function checkSettings(env: Environment): void {
  for (const read of Object.values(DEPLOYED)) read(env);
}

/** Throws an error whose message is for the reader unless one can listen there. */
export async function checkFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? `Port ${port} is in use. Choose another: PORT=${port === 65535 ? DEFAULT_PORT : port + 1} npm start`
        : `Cannot listen on ${host}:${port} (${code}). Choose another with HOST=… PORT=… npm start`;
    throw new Error(why);
  }
  server.close();
  await once(server, 'close');
}

async function start(): Promise<void> {
  goOnUnheard([process.stdout, process.stderr]);
  const port = parsePort(process.env.PORT);
  const host = text(process.env, 'HOST');
  checkSecret(host, process.env.DOORBELL_SECRET);
  checkSettings(process.env);
  await channelSchemas(process.env, { checksAll: true });
  await checkFree(host, port);

  // As Ctrl-C would. Only under npm: whoever starts this file itself may well leave it alone in the background.
  if (process.env.npm_lifecycle_event === 'start') endWithParent(() => process.kill(process.pid, 'SIGTERM'));

  // Before serverless is loaded, which would otherwise read the developer's AWS configuration.
  forgetAws(process.env, 'us-east-1');
  // It reads these once, when it is loaded.
  process.env.SLS_LOG_LEVEL = frameworkLevel(process.env.SLS_LOG_LEVEL);
  delete process.env.SLS_LOG_DEBUG;
  process.env.SLS_DEPRECATION_DISABLE ||= '*';
  process.chdir(SERVICE_DIR);

  // Serverless keeps files of its own there, and names none when it fails to write one.
  process.once('exit', (code) => {
    if (code === 0) return;
    for (const folder of fullAmong([...new Set([homedir(), tmpdir(), SERVICE_DIR])]))
      console.error(`${folder} cannot be written: its disk is full. Make room, and start again.`);
  });

  // What Node has compiled the last time: a fifth of a start. Where nothing can be written there is no cache, and that is all.
  enableCompileCache(join(SERVICE_DIR, 'node_modules', '.cache', 'doorbell'));
  // A kill would leave the next start as slow as the first.
  setTimeout(flushCompileCache, LOADED_MS).unref();

  // In this very process: a signal then needs no forwarding, and there is no child to outlive its parent.
  const require = createRequire(import.meta.url);
  const cli = require.resolve('serverless/bin/serverless.js');
  process.argv = [process.execPath, cli, 'offline', 'start', '--httpPort', String(port), '--host', host];
  require(cli);
}

const PROGRAM = {
  name: 'npm start',
  help: 'The whole stack on this machine. Its settings are environment variables: docs/operations/offline.md.',
};

if (import.meta.main && takesNoArguments(PROGRAM)) {
  start().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
