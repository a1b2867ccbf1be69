/**
 * The serverless plugin of this repository. Before packaging it builds dist/. With `serverless offline` it stands in
 * for AWS: it builds, starts the emulators, makes what serverless.yml declares, hands the functions their
 * environment, and feeds them from the ingest queue. The process can reach no AWS account while it does.
 */
import { join, resolve } from 'node:path';
import { secretsIn } from '../../lib/auth/settings.ts';
import { settingsOf, text } from '../../lib/config.ts';
import { banner, urlOf } from '../banner.ts';
import { bundle } from '../bundle/bundle.ts';
import { forgetAws, useEmulators } from '../emulators/environment.ts';
import { SERVICE_DIR, type Service } from '../emulators/service.ts';
import type { LocalStack } from '../emulators/stack.ts';
import { noRoomFor } from '../no-room.ts';
import { exitOnSecondSignal, hideRoutes } from '../process.ts';
import { developmentSecret, developmentToken } from '../secret.ts';
import { takeTurn } from '../turn.mjs';
import { adoptWhatIsThere } from './adopt-table.ts';
import { checkSchemas, useSchemasFile, writeSchemas } from './channel-schemas.ts';
import { checkLimits, isOn } from './check-limits.ts';
import { checkTokens } from './check-tokens.ts';
import { withEdgeCode } from './edge.ts';
import { joinDuplicateHeaders } from './joined-headers.ts';
import { receiveWaits } from './receive-waits.ts';
import { decideConditions, type Template, withoutNeedlessDependsOn } from './template.ts';

/** What a terminal can set for `npm start`: settings of the functions, which a deploy has as parameters. */
const PASSED_ON = settingsOf('functions', 'npm start');

/** Whoever packages holds it until its process ends. */
const PACKAGING = join(SERVICE_DIR, '.packaging-lock');

const PROTECTED =
  'deletionProtection keeps the tables of this stack: deploy with --param="deletionProtection=false", then remove with it too.';

interface Serverless {
  readonly service: Service & {
    readonly custom?: Readonly<Record<string, object>>;
    readonly provider: { compiledCloudFormationTemplate?: Template };
  };
  readonly processedInput: { readonly commands: readonly string[] };
  readonly pluginManager: {
    readonly plugins: readonly object[];
    spawn(command: string): Promise<void>;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

interface Utils {
  readonly log: { error(text: string): void; warning(text: string): void };
}

export default class DoorbellPlugin {
  readonly hooks: Readonly<Record<string, () => unknown>>;
  readonly #serverless: Serverless;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #log: Utils['log'];
  readonly #stopping = new AbortController();
  #stack: LocalStack | undefined;
  #token = '';
  #schemas: string | undefined;
  #showRoutes: () => void = () => {};

  constructor(serverless: Serverless, options: Readonly<Record<string, unknown>>, { log }: Utils) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.hooks = {
      // Before anything is built, and before credentials are looked for.
      initialize: () => this.#check(),
      'before:package:cleanup': takeFolder,
      'before:package:createDeploymentArtifacts': () => this.#build(),
      'before:deploy:function:packageFunction': async () => {
        await takeFolder();
        await this.#build();
      },
      // When all is in it, and before it is written.
      'before:aws:package:finalize:saveServiceState': () => this.#tidyTemplate(),
      // `serverless offline` does everything in one hook; `offline start` is the same in steps, with hooks between.
      'before:offline:start': () => serverless.pluginManager.spawn('offline:start'),
      'before:offline:start:init': () => this.#prepare(),
      'after:offline:start:init': () => this.#run(),
      'after:offline:start:ready': () => this.#stop(),
    };
  }

  #check(): void {
    const { service, classes, processedInput, pluginManager } = this.#serverless;
    const command = processedInput.commands.join(' ');
    // Half-way through, when the functions are gone, DynamoDB would refuse it.
    if (command === 'remove' && isOn(service, 'deletionProtection'))
      throw new classes.Error(PROTECTED, 'DOORBELL_PROTECTED');
    if (!['deploy', 'deploy function', 'package'].includes(command)) return;
    const adopt = () => {
      if (command === 'deploy' && isOn(service, 'adoptTable')) adoptWhatIsThere(pluginManager.plugins);
    };
    // All that is wrong, at once: a missing key must not hide a limit that is out of its range.
    const checks = [() => checkLimits(service), () => checkTokens(service), () => this.#takeSchemas(), adopt];
    const wrong = checks.flatMap(messageOf);
    if (wrong.length === 0) return;
    const message = wrong.join('\n\n');
    if (command !== 'package') throw new classes.Error(message, 'DOORBELL_SETTINGS');
    this.#log.warning(`This is to look at only: its deploy is refused.\n${message}`);
  }

  /** A template that has parameters of its own takes them as they are. */
  #takeSchemas(): void {
    const { service } = this.#serverless;
    if (isOn(service, 'keepConditions')) return;
    this.#schemas = checkSchemas(service);
    if (this.#schemas !== undefined) useSchemasFile(service);
  }

  async #build(): Promise<void> {
    await bundle();
    if (this.#schemas !== undefined) await writeSchemas(this.#schemas);
  }

  #tidyTemplate(): void {
    const { service } = this.#serverless;
    const template = service.provider.compiledCloudFormationTemplate;
    if (!template) return;
    const tidy = withEdgeCode(withoutNeedlessDependsOn(template), service);
    service.provider.compiledCloudFormationTemplate = isOn(service, 'keepConditions')
      ? tidy
      : decideConditions(tidy);
  }

  async #prepare(): Promise<void> {
    const { service } = this.#serverless;
    forgetAws(process.env, service.provider.region);
    await bundle();
    const { stack, secret } = await this.#open();
    this.#stack = stack;
    useEmulators(process.env, stack.emulators);
    this.#token = await developmentToken(secretsIn(secret, 'DOORBELL_SECRET')[0] ?? '');
    const settings = Object.fromEntries(
      PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    for (const [name, declaration] of Object.entries(service.functions)) {
      declaration.environment = {
        ...stack.environment(name),
        DOORBELL_SECRET: secret,
        // Looks cost nothing here, and whoever looks at a state wants to see it folded.
        STATE_LOOK_SECONDS: '0',
        ...settings,
        POWERTOOLS_LOG_LEVEL: text(process.env, 'LOG_LEVEL'),
      };
    }
    receiveWaits(service);
    joinDuplicateHeaders();
    this.#showRoutes = hideRoutes(console);
  }

  /** What is kept in the data folder. */
  async #open(): Promise<{ readonly stack: LocalStack; readonly secret: string }> {
    const { service, classes } = this.#serverless;
    // Not at the top, nor in #run: packaging has no use for emulators and for serverless-offline.
    const { startLocalStack } = await import('../emulators/stack.ts');
    const dataDir = resolve(SERVICE_DIR, text(process.env, 'DATA_DIR'));
    try {
      const stack = await startLocalStack({ service, dataDir });
      const secret = process.env.DOORBELL_SECRET || (await developmentSecret(dataDir));
      return { stack, secret };
    } catch (error) {
      // Reported as a plain message: where it was thrown does not help whoever reads it.
      const { message } = noRoomFor(dataDir, error) as Error;
      throw new classes.Error(message, 'DOORBELL_LOCAL_STACK');
    }
  }

  async #run(): Promise<void> {
    const stack = this.#stack;
    if (!stack) return;
    this.#showRoutes();
    const { invoker, startSqsPollers, startSchedules } = await import('./triggers.ts');
    const options = { ...this.#serverless.service.custom?.['serverless-offline'], ...this.#options };
    const invoke = invoker(this.#serverless, stack, options);
    const report = (error: unknown) => this.#log.error(String(error));
    startSqsPollers(stack, invoke, this.#stopping.signal, report);
    startSchedules(stack, invoke, this.#stopping.signal, report);
    const url = urlOf(
      String(this.#options.host ?? 'localhost'),
      portOf(this.#serverless.pluginManager.plugins),
    );
    await stack.announce(url);
    process.stdout.write(banner(url, this.#token));
  }

  /** Runs when a signal has come. Polls may still be held: their callers ask again, and nothing is kept for them. */
  async #stop(): Promise<void> {
    exitOnSecondSignal();
    this.#stopping.abort();
    await this.#stack?.stop();
    process.exit(0);
  }
}

/** The framework writes to .serverless/ and then copies, whatever folder it was told: two at once would copy each other's half files. */
async function takeFolder(): Promise<void> {
  const giveBack = await takeTurn(PACKAGING, () =>
    console.error('Another process is packaging here; waiting for it …'),
  );
  process.once('exit', giveBack);
}

/** What a check says against a deploy; nothing when it has nothing against it. */
function messageOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Where local/serverless/offline.ts listens, which is another port than it was told when it was told 0. */
function portOf(plugins: readonly object[]): number {
  for (const plugin of plugins) if ('port' in plugin && typeof plugin.port === 'number') return plugin.port;
  throw new Error('serverless.yml: ./local/serverless/offline.ts is not among the plugins');
}
