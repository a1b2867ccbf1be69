/** What a block that is in the log means for the writer's view, and for the batches that are in it. */

import { reasonOf } from '../../telemetry/reason.ts';
import type { IdDigest, IdDigests, NewBlock } from '../ports.ts';
import type { Plan } from './append-plan.ts';
import type { WritePorts } from './block-writer.ts';
import { foreignIdError, refusalOf } from './refusals.ts';
import type { Waiting } from './waiting.ts';
import { noteAppended, type WriterState } from './writer-state.ts';

export interface SettlePorts extends WritePorts {
  readonly digests: IdDigests;
}

/** The events of the plan are in the log, by `block` where there were new ones: take it into the view and tell every batch where it stands. */
export function settle(
  ports: SettlePorts,
  state: WriterState,
  { places }: Plan<Waiting>,
  block: NewBlock | undefined,
): void {
  const { clock, meter } = ports;
  if (block) {
    const digest = noteAppended(state, block, clock);
    if (digest) keepDigest(ports, state.log, digest);
    meter.count('EventsPublished', block.events.length);
  }
  // One for all batches, as the block is: they are rung about together.
  const head = { first: state.head, last: state.head, epoch: state.epoch };
  for (const { batch, answer, outcome, foreignId } of places) {
    if (answer.duplicates > 0) meter.count('Duplicates', answer.duplicates);
    if (foreignId !== undefined) batch.reject(foreignIdError(state.channel, foreignId));
    else if (outcome && !batch.write) batch.reject(refusalOf(state.channel, outcome));
    else batch.resolve({ answer, head, ...(block ? { block } : {}), ...(outcome ? { outcome } : {}) });
  }
}

/** Nobody waits for it: without it the span is read in the log. */
function keepDigest({ digests, logger }: SettlePorts, log: string, digest: IdDigest): void {
  digests.keep(log, digest).catch((error: unknown) => {
    // A disk that is full says so once, by itself.
    logger.debug('a digest of ids could not be kept; its part of the log is read instead', {
      channel: log,
      reason: reasonOf(error),
    });
  });
}
