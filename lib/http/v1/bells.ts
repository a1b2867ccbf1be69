/**
 * What a mailbox says, as SQS tells it in its query protocol: in XML, or in JSON. AWS does not document which of the two an HTTP API hands on, so a reader
 * looks only for the word `ReceiptHandle`, which stands there once for each bell and nowhere else.
 */

import type { Bell } from '../../poll/held-wait.ts';

export function bellsXml(bells: readonly Bell[]): string {
  const messages = bells.map(
    ({ body, receipt }) =>
      `<Message><ReceiptHandle>${escaped(receipt)}</ReceiptHandle><Body>${escaped(body)}</Body></Message>`,
  );
  const result =
    messages.length === 0
      ? '<ReceiveMessageResult/>'
      : `<ReceiveMessageResult>${messages.join('')}</ReceiveMessageResult>`;
  return `<?xml version="1.0"?><ReceiveMessageResponse>${result}</ReceiveMessageResponse>`;
}

export function bellsJson(bells: readonly Bell[]): object {
  const messages = bells.map(({ body, receipt }) => ({ ReceiptHandle: receipt, Body: body }));
  const result = { messages: messages.length === 0 ? null : messages };
  return { ReceiveMessageResponse: { ReceiveMessageResult: result } };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
