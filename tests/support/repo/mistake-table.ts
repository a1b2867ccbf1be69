/** The tables in docs/evidence/reliability.md of deliberate mistakes: those that the model must catch, and those that fault injection must find. */

import { MISTAKES } from '../../faults/breakages.ts';
import { HUB } from '../../model/mutations/hub.ts';
import { POLLING } from '../../model/mutations/polling.ts';
import { PUBLISHING } from '../../model/mutations/publishing.ts';
import { STATE } from '../../model/mutations/state.ts';
import { SWEEPING } from '../../model/mutations/sweeping.ts';
import { PROPERTIES } from '../../model/properties.ts';
import { STREAM_MUTATIONS } from '../../model/streams/mutations.ts';
import { PROPERTIES as STREAM_PROPERTIES } from '../../model/streams/properties.ts';

export const MUTATIONS = [...POLLING, ...HUB, ...PUBLISHING, ...SWEEPING, ...STATE];

/** What a mistake of either model says of itself. */
interface Mistake {
  readonly name: string;
  readonly line: string;
  readonly config: string;
  readonly breaks: string;
}

export function mutationTable(): string {
  return tableOf(PROPERTIES, MUTATIONS);
}

export function streamMutationTable(): string {
  return tableOf(STREAM_PROPERTIES, STREAM_MUTATIONS);
}

function tableOf(properties: Readonly<Record<string, string>>, mistakes: readonly Mistake[]): string {
  const promises = Object.entries(properties).map(([name, what]) => `- **${name}**: ${what}`);
  const rows = mistakes.map(({ name, line, config, breaks }) =>
    row([name, `\`${line.replace(/[:,].*$/, '')}\`${line.replace(/^[^:,]*/, '')}`, config, breaks]),
  );
  const head = [
    row(['mistake', 'what of `lib/` it undoes', 'caught in', 'by']),
    row(['---', '---', '---', '---']),
  ];
  return [...promises, '', ...head, ...rows].join('\n');
}

export function mistakeTable(): string {
  const rows = Object.entries(MISTAKES).map(([name, { found }]) =>
    row([name, found.source.split('|').join(', or ')]),
  );
  return [row(['mistake', 'what is reported']), row(['---', '---']), ...rows].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
