/**
 * Deleting a channel with what it holds. It ends as a stream does, so every writer and reader learns it; then its blocks below the mark go, its state, and its name in
 * the list. The mark itself stays, and tells that the channel is over. Whoever repeats what broke off half-way goes on with it.
 */

import { type Caller, requireErase } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import { deleteStream } from './delete.ts';
import { locate, missing } from './locate.ts';
import type { ErasePorts } from './ports.ts';

/** How long one request erases; what is left is erased by its repetition. */
const ERASE_MS = 15_000;

/** Throws `forbidden`, `not-found` for a name that has never been a channel, and `unavailable` while there is more to erase. */
export async function deleteChannel(ports: ErasePorts, caller: Caller, name: string): Promise<void> {
  requireErase(caller, name);
  const by = ports.clock.elapsed() + ERASE_MS;
  const found = await locate(ports, name);
  if (found.kind === 'live') await deleteStream(ports, caller, name);
  const end = await ports.log.last(name);
  const isOver = end?.mark === 'deleted';
  if (found.kind !== 'live' && !isOver) throw missing(name, found.kind);
  ports.watchRegistry?.startedAnew(name);
  // A stream's log of its own is removed by the purge. A fork reads its source's log as long as it lives.
  const mayErase = isOver && (await ports.streams.forks(name)).length === 0;
  if (mayErase) await eraseAll(() => ports.redactions.eraseBelow(name, end.first), ports, name, by);
  const { stateErasure } = ports;
  const epoch = isOver ? end.epoch : undefined;
  if (stateErasure && epoch !== undefined)
    await eraseAll(() => stateErasure.eraseAll(name, epoch), ports, name, by);
  await ports.redactions.unlist(name);
}

async function eraseAll(
  eraseSome: () => Promise<boolean>,
  { clock }: Pick<ErasePorts, 'clock'>,
  name: string,
  by: number,
): Promise<void> {
  while (await eraseSome()) {
    if (clock.elapsed() < by) continue;
    throw new PushError(
      'unavailable',
      `Channel ${name} is deleted, and not all of it is erased yet. Delete it again.`,
    );
  }
}
