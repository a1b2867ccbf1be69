/** The client's public face: what a page or a program imports. Everything else in this folder may change. */
export type { Event, Problem, PublishAnswer } from '../lib/protocol.ts';
export { isChannel } from './channel.ts';
export { DoorbellError, type ErrorCode } from './errors.ts';
export { makeId } from './ids.ts';
export { type PublishOptions, publish } from './publish.ts';
export type { Connection } from './request.ts';
export type { From, Notice } from './state.ts';
export { type Status, type SubscribeOptions, subscribe } from './subscribe.ts';
