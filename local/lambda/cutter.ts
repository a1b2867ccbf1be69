/**
 * What stands between one environment and a service: a TCP proxy whose connections can be cut. While an environment is frozen, the other side
 * of its idle connections goes away, and it learns so only after it is thawed.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const LOOPBACK = '127.0.0.1';

export class Cutter {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(target: string) {
    const { port } = new URL(target);
    this.#server = createServer((near) => {
      const far = connect(Number(port), LOOPBACK);
      for (const socket of [near, far]) {
        this.#open.add(socket);
        // Either may end in an error when it is cut; the other is then ended too.
        socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
        socket.setNoDelay(true);
      }
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
  }

  /** In front of the service at `target`, on a port of its own. */
  static async before(target: string): Promise<Cutter> {
    const cutter = new Cutter(target);
    cutter.#server.listen(0, LOOPBACK);
    await once(cutter.#server, 'listening');
    return cutter;
  }

  get endpoint(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection; later ones are let through. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}
