/** A subscription as an iteration: its events one by one, at the pace of whoever asks for them. */
import type { ChannelEvent, Subscription } from './subscription.ts';

/** Ends when the subscription is closed, throws what ended it otherwise, and closes it when it is left. */
export async function* iterate(subscription: Subscription): AsyncGenerator<ChannelEvent, void, void> {
  let given: ChannelEvent | undefined;
  let handled = () => {};
  let wake = () => {};
  subscription.on('status', () => wake());
  subscription.on('event', (event) => {
    given = event;
    wake();
    return new Promise<void>((resolve) => {
      handled = resolve;
    });
  });
  try {
    while (subscription.status.state !== 'stopped') {
      if (given) {
        yield given;
        given = undefined;
        handled();
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
