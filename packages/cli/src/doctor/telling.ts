/** Findings on the terminal, as they come. */

import { EXIT, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { Finding } from './finding.ts';

const LABELS = { ok: 'ok    ', warn: 'WARN  ', fail: 'FAIL  ' } as const;

export class Telling {
  readonly #terminal: Pick<Terminal, 'out' | 'interrupted'>;
  #failed = false;

  constructor(terminal: Pick<Terminal, 'out' | 'interrupted'>) {
    this.#terminal = terminal;
  }

  /** True once one of them was a `fail`. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  /** What an interruption breaks off is nobody's fault, and no finding. */
  async tell(...findings: readonly Finding[]): Promise<void> {
    if (this.#terminal.interrupted.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
    for (const { level, what, advice } of findings) {
      this.#failed ||= level === 'fail';
      const more = advice === undefined ? '' : `        ${advice}\n`;
      await this.#terminal.out.write(`${LABELS[level]}${what}\n${more}`);
    }
  }
}
