/**
 * What `doorbell dev` starts: the hub on its file, from the installed package. The build makes dist/dev.mjs of it and puts the page, the client and the OpenAPI
 * document beside it. No emulator and nothing of AWS is in it.
 */
import { readFileSync } from 'node:fs';
import { hubSettings } from '../hub/settings.ts';
import { type Environment, text } from '../lib/config.ts';
import { onOneFile, startHubProgram } from './hub-program.ts';
import { endWithParent, exitOnSecondSignal } from './process.ts';

const built = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

export interface Surroundings {
  readonly env: Environment;
  say(text: string): void;
  /** Called when the program that started this one, as npx, is gone. */
  end(): void;
}

/** Serves when it resolves. Returns how to stop it; from then on a second Ctrl-C ends the process at once. */
export async function startDev({ env, say, end }: Surroundings): Promise<() => Promise<void>> {
  const settings = hubSettings(env);
  process.env.POWERTOOLS_LOG_LEVEL ||= text(env, 'LOG_LEVEL');
  if (env.npm_command === 'exec') endWithParent(end);
  const stop = await startHubProgram({
    settings,
    assets: {
      dashboard: built('dashboard.html'),
      client: built('client.js'),
      more: built('client-more.js'),
      openapi: built('openapi.json'),
    },
    targetOf: (common) => onOneFile(env, settings.host, common, { folder: process.cwd() }),
    say,
  });
  return () => {
    exitOnSecondSignal();
    return stop();
  };
}
