/** A subscription as an iteration: its events one by one, at the pace of whoever asks for them. */
import type { ChannelEvent, Subscription } from './subscription.ts';

/** Ends when the subscription is closed, throws what ended it otherwise, and closes it when it is left. */
export async function* iterate<T>(
  subscription: Subscription<T>,
): AsyncGenerator<ChannelEvent<T>, void, void> {
  /** An event, and what is to be called when it is handled. */
  let given: readonly [event: ChannelEvent<T>, done: () => void] | undefined;
  let wake = () => {};
  subscription.on('status', () => wake());
  subscription.on(
    'event',
    (event) =>
      new Promise<void>((done) => {
        given = [event, done];
        wake();
      }),
  );
  try {
    while (subscription.status.state !== 'stopped') {
      if (given) {
        const [event, done] = given;
        yield event;
        given = undefined;
        done();
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (subscription.status.error) throw subscription.status.error;
  } finally {
    subscription.close();
  }
}
