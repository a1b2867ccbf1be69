/** `@doorbell/producer`: publishes to channels from Lambdas and jobs. Not for browsers, which have `@doorbell/client`. */

export { SinkError } from './errors.ts';
export { type HttpOptions, httpSink } from './http.ts';
export { type NewEvent, type Outgoing, Producer, type ProducerOptions, type Sink } from './producer.ts';
export { type Made, type ScheduledEvent, scheduled } from './scheduled.ts';
