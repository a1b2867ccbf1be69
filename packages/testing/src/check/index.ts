/** The checker: loads a Doorbell as badly as real clients do, and says whether an event was lost, repeated, out of order or late. */

export { Refused } from './load/party.ts';
export { Usage } from './options.ts';
export { type Interrupts, uninterrupted } from './stop.ts';
export { verify } from './verify.ts';
