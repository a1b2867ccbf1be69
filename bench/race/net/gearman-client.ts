/** The one call of the Gearman protocol that a producer needs: submit a background job, wait until the queue has it. */

import { connect, type Socket } from 'node:net';

/** https://gearman.org/protocol: packet types, and the header of 12 bytes: magic, type, length. */
const SUBMIT_JOB_BG = 18;
const JOB_CREATED = 8;
const HEADER_BYTES = 12;

export class GearmanClient {
  readonly #socket: Socket;
  /** Answers come in the order of the submissions. */
  readonly #waiting: { resolve(): void; reject(error: Error): void }[] = [];
  #received: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (piece) => this.#onData(piece));
    this.#socket.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  submit(queue: string, workload: string): Promise<void> {
    // An empty unique id: jobs with the same one would be merged.
    const body = Buffer.from(`${queue}\0\0${workload}`);
    const header = Buffer.from('\0REQ\0\0\0\0\0\0\0\0');
    header.writeUInt32BE(SUBMIT_JOB_BG, 4);
    header.writeUInt32BE(body.length, 8);
    this.#socket.write(Buffer.concat([header, body]));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= HEADER_BYTES) {
      const type = this.#received.readUInt32BE(4);
      const end = HEADER_BYTES + this.#received.readUInt32BE(8);
      if (this.#received.length < end) return;
      this.#received = this.#received.subarray(end);
      const submitted = this.#waiting.shift();
      if (type === JOB_CREATED) submitted?.resolve();
      else submitted?.reject(new Error(`gearmand answered with packet type ${type}`));
    }
  }
}
