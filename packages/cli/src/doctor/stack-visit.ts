/** `doorbell doctor --stack`: one look at a deployed stage, from its template to whether it answers. */

import { DoorbellError } from '../../../client/src/errors.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { awsCli } from './aws-cli.ts';
import type { Finding } from './finding.ts';
import { warn } from './finding.ts';
import { reachFindings, versionFinding } from './server.ts';
import { stackFindings } from './stack.ts';
import { functionFindings, queueFindings, secretFindings, tableFindings } from './stack-parts.ts';
import { alarmFindings, sweepFindings } from './stack-watch.ts';

/** A request that is not answered by then will not be. */
const REQUEST_TIMEOUT_MS = 40_000;

/** `tell` prints findings as they come. Throws `Failure` where there is no AWS CLI, and when it is interrupted. */
export async function visitStack(
  terminal: Terminal,
  { stage, region }: { readonly stage: string; readonly region: string | undefined },
  tell: (...findings: readonly Finding[]) => Promise<void>,
): Promise<ExitCode> {
  const aws = awsCli(terminal, region);
  const { findings, deployed } = await stackFindings(aws, stage, VERSION);
  await tell(...findings);
  if (!deployed) return EXIT.unreachable;
  const { name, url } = deployed;
  const functions = await functionFindings(aws, name);
  await tell(...functions.findings);
  await tell(...(await tableFindings(aws, name)));
  await tell(...(await queueFindings(aws, name)));
  await tell(...(await secretFindings(aws, functions.settings)));
  await tell(...(await sweepFindings(aws, name, functions.settings, terminal.clock.now())));
  await tell(...(await alarmFindings(aws, name)));
  await tell(...(await answerFindings(terminal, url)));
  return EXIT.done;
}

/** Without a token: `doorbell doctor --url` tries that. */
async function answerFindings(terminal: Terminal, url: string | undefined): Promise<readonly Finding[]> {
  if (url === undefined) return [warn('the stack does not say its address', 'Deploy again.')];
  const base = url.replace(/\/+$/, '');
  const fetch = async (path: string) => {
    const late = new AbortController();
    setTimeout(() => late.abort(), REQUEST_TIMEOUT_MS).unref();
    const signal = AbortSignal.any([terminal.interrupted, late.signal]);
    try {
      return await terminal.platform.fetch(`${base}${path}`, { signal, cache: 'no-store' });
    } catch (cause) {
      throw new DoorbellError('unreachable', 'No answer.', true, { cause });
    }
  };
  const asking = { fetch, terminal };
  const { there, findings } = await reachFindings(asking, base);
  return there ? [...findings, await versionFinding(asking, VERSION)] : findings;
}
