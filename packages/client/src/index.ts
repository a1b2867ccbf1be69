/** The client's public face: what a page or a program imports. Everything else in this folder may change. */
export type { Event, Problem, PublishAnswer } from '../../../lib/protocol/doorbell.ts';
export { DoorbellError, type ErrorCode } from './errors.ts';
export type { Bus, PageEvent, Platform, World } from './platform.ts';
export type { Failure, Status } from './poller.ts';
export { type PublishOptions, publish } from './publish.ts';
export type { Connection, Token } from './request.ts';
export { type Store, webStore } from './store.ts';
export { subscribe } from './subscribe.ts';
export type {
  ChannelEvent,
  From,
  Handler,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
} from './subscription.ts';
