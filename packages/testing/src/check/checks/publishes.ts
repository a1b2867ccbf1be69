/**
 * What producers were promised: acknowledged events are in the log exactly once, as they were sent; others at most once; an array whole or
 * not at all; and nothing else. Pure.
 */

import type { Sent } from '../history.ts';
import { acknowledged, type ChannelLog, type Publishing, type Trace } from './trace.ts';
import { type Violation, violation } from './violation.ts';

/** Where the events of one publish stand: per event, its vids, ascending. */
export type Standing = ReadonlyArray<readonly number[]>;

export function standings({ publishings, logs }: Trace): Map<Publishing, Standing> {
  const byChannel = new Map([...logs].map(([channel, log]) => [channel, vidsByData(log)]));
  return new Map(
    publishings.map((publishing) => {
      const { channel, events } = publishing.publish;
      const vids = byChannel.get(channel);
      return [publishing, events.map(({ data }) => vids?.get(data) ?? [])];
    }),
  );
}

export function checkPublishes(trace: Trace, placed: ReadonlyMap<Publishing, Standing>): Violation[] {
  const found: Violation[] = [];
  for (const [publishing, standing] of placed) {
    found.push(...checkEach(publishing, standing), ...checkWhole(publishing, standing));
    found.push(...checkReceipts(publishing, standing));
  }
  return [...found, ...checkOrigins(trace)];
}

function checkEach(publishing: Publishing, standing: Standing): Violation[] {
  const { publish } = publishing;
  const sure = acknowledged(publishing);
  return publish.events.flatMap(({ data }, i) => {
    const vids = standing[i] ?? [];
    const name = `${publish.channel}: ${data}`;
    if (vids.length > 1)
      return violation('repeated', `${name} has the numbers ${vids.join(', ')}`, publish.op);
    if (vids.length === 0 && i < sure) return violation('lost', `${name} was acknowledged`, publish.op);
    return [];
  });
}

function checkWhole({ publish }: Publishing, standing: Standing): Violation[] {
  const there = standing.map((vids) => vids.length > 0);
  const firstMissing = there.indexOf(false);
  // Lines go in block by block, so what is there is a beginning; an array is one block.
  const partly = publish.form === 'lines' ? there.lastIndexOf(true) > firstMissing : there.includes(true);
  if (firstMissing < 0 || !partly) return [];
  const what = `${publish.channel}: event ${firstMissing + 1} of ${there.length} is not there, others are`;
  return [violation('torn', what, publish.op)];
}

function checkReceipts({ publish, end, again }: Publishing, standing: Standing): Violation[] {
  if (end?.kind !== 'published') return [];
  const vids = standing.flatMap(([first]) => first ?? []);
  // Lost ones are reported as such.
  if (vids.length < publish.events.length) return [];
  const { first, last, count, duplicates } = end.answer;
  const sent = publish.events.length;
  const says = JSON.stringify(end.answer);
  const wrong = (what: string) => violation('receipt', `${publish.channel}: ${what}`, publish.op);
  const found: Violation[] = [];
  if (first !== Math.min(...vids) || last !== Math.max(...vids)) {
    found.push(wrong(`${says}, but the events are ${Math.min(...vids)}-${Math.max(...vids)}`));
  }
  if (count + duplicates !== sent || (end.attempts === 1 && duplicates > 0)) {
    found.push(wrong(`${says} for ${sent} events at attempt ${end.attempts}`));
  }
  const follows = (vid: number, before: number) =>
    publish.form === 'lines' ? vid > before : vid === before + 1;
  if (vids.some((vid, i) => i > 0 && !follows(vid, vids[i - 1] ?? 0))) {
    const what = `${publish.channel}: sent in this order, the events are ${vids.join(', ')}`;
    found.push(violation('order', what, publish.op));
  }
  for (const { answer } of again) {
    const same = answer.first === first && answer.last === last;
    if (!same || answer.count !== 0 || answer.duplicates !== sent) {
      found.push(wrong(`${says} at first, ${JSON.stringify(answer)} when it was sent again`));
    }
  }
  return found;
}

/** Every event that was read had been sent before, under that id. */
function checkOrigins({ publishings, logs }: Trace): Violation[] {
  const sent = new Map<string, { readonly event: Sent; readonly by: Publishing }>();
  for (const by of publishings) {
    const { channel, events } = by.publish;
    for (const event of events) {
      sent.set(`${channel} data ${event.data}`, { event, by });
      if (event.id !== undefined) sent.set(`${channel} id ${event.id}`, { event, by });
    }
  }
  return [...logs].flatMap(([channel, log]) =>
    [...log.values()].flatMap(({ seen, op, at }) => {
      const name = `${channel} ${seen.vid}: ${seen.data}`;
      const origin = sent.get(`${channel} data ${seen.data}`);
      if (!origin) {
        const other = sent.get(`${channel} id ${seen.id}`);
        if (!other) return violation('invented', name, op);
        return violation('changed', `${name} was sent as ${other.event.data}`, other.by.publish.op, op);
      }
      const { event, by } = origin;
      if (event.id !== undefined && event.id !== seen.id) {
        return violation('changed', `${name} was sent as ${event.id}, read as ${seen.id}`, by.publish.op, op);
      }
      if (event.key !== seen.key) {
        return violation(
          'changed',
          `${name} is about ${seen.key}, sent about ${event.key}`,
          by.publish.op,
          op,
        );
      }
      if (at < by.publish.at) return violation('invented', `${name} was read before it was sent`, op);
      return [];
    }),
  );
}

function vidsByData(log: ChannelLog): Map<string, number[]> {
  const vids = new Map<string, number[]>();
  for (const [vid, { seen }] of [...log].sort(([a], [b]) => a - b)) {
    vids.set(seen.data, [...(vids.get(seen.data) ?? []), vid]);
  }
  return vids;
}
