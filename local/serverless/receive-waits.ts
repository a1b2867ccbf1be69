/**
 * On AWS, API Gateway itself receives from the mailbox of a reader who waits directly (serverless.yml, WaitIntegration). Nothing here does that, so the
 * function that makes the tickets answers for it: the same address, and the answer of SQS in XML or in JSON.
 */

import type { Service } from '../emulators/service.ts';

const RECEIVE = { httpApi: 'GET /v1/wait' };

/** Call it before the routes of the service are read, once. */
export function receiveWaits({ functions: { poll } }: Pick<Service, 'functions'>): void {
  if (poll) poll.events = [...(poll.events ?? []), RECEIVE];
}
