/** One look at a channel whose next append will ring: the arm is written before the log is read. */

import { SingleCheck, type SingleCheckPorts } from './single-check.ts';

export class ArmedCheck extends SingleCheck {
  readonly #arm: () => Promise<void>;

  /** `arm` writes the arm; strongly consistent once it resolves. */
  constructor(ports: SingleCheckPorts, channel: string, arm: () => Promise<void>) {
    super(ports, channel);
    this.#arm = arm;
  }

  /** Arms, then checks. Another check needs no other arm: what it finds was appended before or rings this one. Throws what either throws. */
  override async arrive(): Promise<{ readonly fresh: boolean }> {
    await this.#arm();
    return super.arrive();
  }
}
