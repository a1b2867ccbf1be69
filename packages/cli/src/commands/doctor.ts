/** `doorbell doctor`: what is wrong between here and the server, and what to do about it. */

import { Command, Option } from 'commander';
import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { DoorbellError } from '../../../client/src/errors.ts';
import { channelName, stageName } from '../arguments.ts';
import { type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { type Finding, fail, warn } from '../doctor/finding.ts';
import { grantsFindings, grantsOf, readableChannel } from '../doctor/grants.ts';
import { type Asking, deliveryFinding, holdingFinding } from '../doctor/holding.ts';
import { joiningFinding } from '../doctor/joining.ts';
import { offeredFindings } from '../doctor/offered.ts';
import { reachFindings, tokenFinding, versionFinding } from '../doctor/server.ts';
import { visitStack } from '../doctor/stack-visit.ts';
import { Telling } from '../doctor/telling.ts';
import { waitingFindings } from '../doctor/waiting.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface Options extends ConnectionOptions {
  readonly stack?: string;
  readonly region?: string;
  readonly quick?: true;
  readonly deliver?: string;
}

/** With --quick; the server, a proxy's patience and a cache do not show themselves sooner. */
const QUICK_S = 2;
/** A request that is not answered by then will not be. */
const REQUEST_TIMEOUT_MS = 40_000;

const HELP = `
It reads only; with --deliver it publishes one event. A poll is held for its 20 s to see whether a proxy has the patience; --quick asks
for 2 s only.

With --stack it looks at a stage on AWS instead, by the AWS CLI and with its credentials: functions, tables, queues, alarms, the secret's name, and
whether it answers. It changes nothing, and reads no secret and no event.

Examples:
  doorbell doctor --url https://doorbell.example --deliver test
  doorbell doctor --stack prod --region eu-central-1`;

export function doctorCommand(terminal: Terminal): Command {
  const command = new Command('doctor')
    .summary('find out what is wrong, and what to do about it')
    .description(
      'Check the way to the server: is it there, do clocks and versions agree, is the token good, does a proxy cut or hold back polls, can a reader wait without one?',
    )
    .option('--quick', 'do not hold a poll for its full 20 s')
    .option('--deliver <channel>', 'publish one event there, and see how fast it comes', channelName)
    .addOption(
      new Option('--stack <stage>', 'a deployed stage, by the AWS CLI')
        .argParser(stageName)
        .conflicts(['deliver', 'quick', 'url', 'token']),
    )
    .option('--region <region>', 'of the stack; default: that of the AWS CLI')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (options: Options) => {
    if (options.stack !== undefined) {
      await lookAtStack(terminal, options.stack, options.region);
      return;
    }
    if (options.region !== undefined)
      command.error('error: --region is of a stack: give --stack', { exitCode: EXIT.usage });
    const connection = await connectionOf(options, terminal);
    const token = await connection.token?.({ refresh: false });
    const visit = new Visit(terminal, connection.base, token, options);
    const exit = await visit.make();
    if (exit !== EXIT.done) throw new Failure(exit, '');
  });
}

async function lookAtStack(terminal: Terminal, stage: string, region: string | undefined): Promise<void> {
  const telling = new Telling(terminal);
  const exit = await visitStack(terminal, { stage, region }, (...findings) => telling.tell(...findings));
  if (exit !== EXIT.done || telling.hasFailed) throw new Failure(exit === EXIT.done ? EXIT.failed : exit, '');
}

class Visit {
  readonly #terminal: Terminal;
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #options: Options;
  readonly #telling: Telling;

  constructor(terminal: Terminal, base: string, token: string | undefined, options: Options) {
    this.#terminal = terminal;
    this.#base = base;
    this.#token = token;
    this.#options = options;
    this.#telling = new Telling(terminal);
  }

  async make(): Promise<ExitCode> {
    const asking: Asking = { fetch: (path, init) => this.#fetch(path, init), terminal: this.#terminal };
    const { there, findings } = await reachFindings(asking, this.#base);
    await this.#tell(...findings);
    if (!there) return EXIT.unreachable;
    await this.#tell(await versionFinding(asking, VERSION));
    if (this.#token === undefined) {
      await this.#tell(
        fail('there is no token', 'Set DOORBELL_TOKEN, or --token; doorbell token makes one.'),
      );
      return EXIT.refused;
    }
    await this.#tell(...grantsFindings(this.#token, this.#terminal.clock.now()));
    const { finding, channel } = await tokenFinding(asking);
    await this.#tell(finding);
    if (finding.level === 'fail') return EXIT.refused;
    await this.#hold(asking, channel ?? readableChannel(grantsOf(this.#token)?.read ?? []));
    return this.#telling.hasFailed ? EXIT.failed : EXIT.done;
  }

  async #hold(asking: Asking, channel: string | undefined): Promise<void> {
    const { quick, deliver } = this.#options;
    const waitS = quick ? QUICK_S : LIMITS.waitSeconds;
    if (channel === undefined)
      await this.#tell(
        warn('the token may read nothing: polls were not tried', 'Use one that may read a channel.'),
      );
    else {
      await this.#tell(await joiningFinding(asking, channel));
      await this.#tell(await holdingFinding(asking, channel, waitS));
      await this.#tell(...(await offeredFindings(asking, channel)));
      await this.#tell(...(await waitingFindings(asking, channel)));
    }
    if (deliver !== undefined) await this.#tell(await deliveryFinding(asking, deliver));
  }

  #tell(...findings: readonly Finding[]): Promise<void> {
    return this.#telling.tell(...findings);
  }

  /** Throws DoorbellError, and when it is interrupted, Failure. */
  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { platform, interrupted } = this.#terminal;
    const headers = new Headers(init.headers);
    if (this.#token !== undefined && path.startsWith('/v1') && !headers.has('authorization'))
      headers.set('authorization', `Bearer ${this.#token}`);
    // Not `AbortSignal.timeout`: within `any` nothing holds it on Node 20, and a collected one never aborts.
    const late = new AbortController();
    setTimeout(() => late.abort(), REQUEST_TIMEOUT_MS).unref();
    const signal = AbortSignal.any([interrupted, late.signal]);
    try {
      return await platform.fetch(`${this.#base}${path}`, { ...init, headers, signal, cache: 'no-store' });
    } catch (cause) {
      if (interrupted.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
      throw new DoorbellError('unreachable', 'No answer.', true, { cause });
    }
  }
}
