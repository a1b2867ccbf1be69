/**
 * The checker: tries hard to make a Doorbell lose, repeat, swap, invent or delay an event, and says whether it did. It
 * speaks HTTP only. Exit code 0: it found nothing; 1: it found something, or could prove nothing; 2: it cannot begin.
 */

import { targetOf } from './access.ts';
import { check } from './checks/check.ts';
import { mustAnswer } from './load/health.ts';
import { runLoad } from './load/load.ts';
import { describeOptions, type OptionName, type Options, readOptions, typed, Usage } from './options.ts';
import { keepHistory, startRecord } from './record.ts';
import { passed, report } from './report.ts';
import type { Interrupts } from './stop.ts';

const LOAD = ['seed', 'seconds', 'rate', 'producers', 'readers', 'channels', 'bound'] as const;
const KNOWN = ['url', 'token', ...LOAD, 'history'] as const satisfies readonly OptionName[];

const NPM_RUN = 'npm run verify --';
const helpOf = (command: string) => `${command} --url http://127.0.0.1:3000 [options]

${OPTIONS_HELP}`;

/** What there is to say about its options and its end. */
export const OPTIONS_HELP = `${describeOptions(KNOWN)}

Ctrl-C ends the load early: everyone reads up to the end, and the verdict is of what there is. A second Ctrl-C does not wait for that.
Exit code 0: nothing was lost, repeated, swapped, invented or late. 1: something was. 2: it could not begin.
`;

/** What the history of a run may hold in memory, in deliveries: about 1 GB. */
const MOST_DELIVERIES = 2_000_000;

/** Returns the exit code; throws `Usage` and `Refused`, which are exit code 2. `command` is how it was called. */
export async function verify(
  args: readonly string[],
  say: (text: string) => void,
  interrupts: Interrupts,
  env: Readonly<Record<string, string | undefined>> = {},
  command = NPM_RUN,
): Promise<number> {
  const options = readOptions(args, KNOWN, () => Math.floor(Math.random() * 2 ** 32));
  if (options.help) {
    say(helpOf(command));
    return 0;
  }
  mustFit(options);
  const { numbers, texts } = options;
  const file = texts.history;
  const target = await targetOf(options, env);
  await mustAnswer(target);
  const { seed, seconds, bound } = numbers;
  const record = await startRecord(file);
  say(`${target.url} for ${seconds} s, seed ${seed}`);

  // Not `AbortSignal.timeout`: within `any` nothing holds it, and once it is collected the load never ends.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), seconds * 1000);
  const until = AbortSignal.any([over.signal, interrupts.first]);
  const boundMs = bound * 1000;
  await Promise.race([runLoad({ ...numbers, boundMs }, target, record.history, until), interrupts.second]);
  clearTimeout(timer);
  await record.close();

  const { entries } = record.history;
  const verdict = check(entries, { boundMs });
  const secret = texts.token === undefined ? '' : ' --token …';
  const again = `${command} --url ${target.url} ${typed(numbers, LOAD)}${secret}`;
  say(report(verdict, entries, seed, again));
  if (passed(verdict)) return 0;
  say(`the history: ${file ?? (await keepHistory(entries, seed))}`);
  return 1;
}

function mustFit({ numbers: { seconds, rate, readers } }: Options): void {
  if (seconds * rate * readers <= MOST_DELIVERIES) return;
  throw new Usage(
    `--seconds × --rate × --readers may be ${MOST_DELIVERIES} at most: the history is kept in memory`,
  );
}
