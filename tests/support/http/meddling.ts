/** What happens to a page's polls on their way: they are cut off or refused, lose events, or are told that the channel began anew. */
import type { Page } from 'playwright-core';
import type { MultiPollAnswer } from '../../../lib/protocol/doorbell.ts';

const POLLS = '**/v1/events?*';

/** No poll gets through any more. The one that is held goes on. */
export async function cutOff(page: Page): Promise<void> {
  await page.route(POLLS, (route) => route.abort());
}

/** Every poll is answered with this status, by something that is no Doorbell. */
export async function refuse(page: Page, status: number): Promise<void> {
  await letThrough(page);
  await page.route(POLLS, (route) => route.fulfill({ status, body: 'Nothing here.' }));
}

export async function letThrough(page: Page): Promise<void> {
  await page.unroute(POLLS);
}

/** Polls get through again, but the first answer that has more events than `count` loses so many of them, as if they had expired. */
export async function loseEvents(page: Page, count: number): Promise<void> {
  await letThrough(page);
  await page.route(POLLS, async (route) => {
    // The poll that is held when the page is closed ends with an error.
    const response = await route.fetch().catch(() => undefined);
    if (response === undefined) return;
    const answer: MultiPollAnswer = await response.json();
    const channels = answer.channels.map((one) =>
      one.events.length > count ? { ...one, missed: count, events: one.events.slice(count) } : one,
    );
    await route.fulfill({ response, json: { channels } });
  });
}

/** The next poll is told that the channel is behind it; those that follow get through. */
export async function startOver(page: Page, channel: string): Promise<void> {
  const type = 'urn:doorbell:problem:reset';
  const json = {
    type,
    title: 'The channel was renumbered',
    status: 409,
    detail: 'Start over.',
    channel,
    head: 0,
    earliest: null,
    epoch: null,
  };
  await letThrough(page);
  await page.route(
    POLLS,
    (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', json }),
    { times: 1 },
  );
}
