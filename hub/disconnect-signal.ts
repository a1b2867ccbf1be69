/** Whether the client of a response has gone: an `AbortSignal` costs a hub with 10,000 held polls ten times the memory of this. */

import type { ServerResponse } from 'node:http';
import type { DisconnectSignal } from '../lib/poll/wait.ts';

export class ResponseDisconnect implements DisconnectSignal {
  aborted = false;
  #listener: (() => void) | undefined;

  constructor(response: ServerResponse) {
    // Comes once, also after the last byte: by then nobody listens any more.
    response.on('close', () => this.#hangUp());
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  #hangUp(): void {
    this.aborted = true;
    this.#listener?.();
  }
}
