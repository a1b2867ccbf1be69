/**
 * Whether something between here and the server joins equal requests of different tokens: then one reader is given what another may read. CDNs do
 * that in a spike, whatever an answer says of being kept. It shows only while requests are under way together.
 */

import { type Finding, fail, ok, warn } from './finding.ts';
import type { Asking } from './holding.ts';

/** No server takes it. */
const NOBODY = 'Bearer doorbell-doctor.is.nobody';
const PAIRS = 3;
/** Long enough for all to be under way at once. */
const WAIT_S = 1;

export async function joiningFinding({ fetch }: Asking, channel: string): Promise<Finding> {
  const path = `/v1/channels/${channel}/events?wait=${WAIT_S}`;
  const statusOf = async (init?: RequestInit) => (await fetch(path, init)).status;
  const asked = Array.from({ length: PAIRS }, () => [
    statusOf(),
    statusOf({ headers: { authorization: NOBODY } }),
  ]).flat();
  const answered = await Promise.allSettled(asked);
  const statuses = answered.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const mine = statuses.filter((_, i) => i % 2 === 0);
  const nobodys = statuses.filter((_, i) => i % 2 === 1);
  if (nobodys.some((status) => status === 200))
    return fail(
      "a request without a good token was given another's answer",
      'Something joins equal requests. Put Authorization into the key of its cache, and let it cache nothing below /v1 but /v1/shared.',
    );
  if (mine.some((status) => status === 401))
    return fail(
      "this token's request was given the refusal of another's",
      'Something joins equal requests. Put Authorization into the key of its cache.',
    );
  if (nobodys.some((status) => status !== 401))
    return warn(
      'whether requests of two tokens are joined could not be seen',
      'Look at the findings above, then try again.',
    );
  return ok('requests of two tokens are kept apart');
}
