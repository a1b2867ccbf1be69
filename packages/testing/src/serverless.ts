/**
 * A plugin for Serverless projects of other people: with `serverless offline` it starts a Doorbell beside their functions, on emulators, and tells the functions
 * where it is. Before packaging and deploying it does nothing.
 *
 *     plugins: ['@doorbell/testing/serverless', 'serverless-offline']
 */

import { secretsIn } from '../../../lib/auth/settings.ts';
import type { LocalDoorbell } from './doorbell.ts';
import { startLocal } from './start-local.ts';

/** `custom.doorbell` in serverless.yml. */
export interface PluginSettings {
  /** Where it listens on 127.0.0.1. Default 3100; 0 is any free port. */
  readonly port?: number;
  /** Origins whose pages may ask it. Default none. */
  readonly origins?: readonly string[];
  /** Settings of a hub, as its environment has them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The variables by which the functions are told. Those of the same name in serverless.yml, which name parts of a stack on AWS, give way. */
  readonly variables?: { readonly url?: string; readonly token?: string; readonly queue?: string };
}

interface Declared {
  environment?: Record<string, unknown>;
}

export interface Serverless {
  readonly service: {
    readonly custom?: { readonly doorbell?: PluginSettings };
    readonly provider: Declared;
    readonly functions?: Readonly<Record<string, Declared>>;
  };
}

const DEFAULT_PORT = 3_100;
/** Seconds: a month, as that which `npm start` prints. */
const TOKEN_TTL_S = 30 * 24 * 3_600;

export default class DoorbellPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  #started: Promise<LocalDoorbell> | undefined;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    const start = () => this.#start();
    this.hooks = {
      // `serverless offline` does everything in one step; `offline start` is the same in several.
      'before:offline:start': start,
      'before:offline:start:init': start,
      'before:offline:start:end': () => this.#stop(),
    };
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    const { custom, functions = {} } = this.#serverless.service;
    const { port = DEFAULT_PORT, origins = [], settings = {}, variables = {} } = custom?.doorbell ?? {};
    if (settings.DOORBELL_SECRET)
      secretsIn(settings.DOORBELL_SECRET, 'custom.doorbell.settings.DOORBELL_SECRET');
    this.#started = startLocal({ port, origins, settings });
    const doorbell = await this.#started;
    const token = await doorbell.token({ read: ['*'], write: ['*'], ttlSeconds: TOKEN_TTL_S });
    const told = environmentFor(doorbell, token, variables);
    for (const declared of Object.values(functions))
      declared.environment = { ...declared.environment, ...told };
    process.stdout.write(`
  Doorbell  ${doorbell.url}
  token     ${token}
  queue     ${doorbell.queue.url}

`);
  }

  async #stop(): Promise<void> {
    const doorbell = await this.#started?.catch(() => undefined);
    await doorbell?.stop();
  }
}

function environmentFor(
  { url, queue }: LocalDoorbell,
  token: string,
  names: NonNullable<PluginSettings['variables']>,
): Record<string, string> {
  return {
    [names.url ?? 'DOORBELL_URL']: url,
    [names.token ?? 'DOORBELL_TOKEN']: token,
    [names.queue ?? 'INGEST_QUEUE_URL']: queue.url,
    // Where an SDK looks for SQS. Any key is good there.
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_REGION: queue.region,
    AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? 'local',
    AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? 'local',
  };
}
