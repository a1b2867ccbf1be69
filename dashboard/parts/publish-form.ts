/**
 * Publishes what stands in the text field, after looking whether it is JSON, and shows the vid it got or why it was
 * refused. Until it was answered, the same text keeps the same event id: pressing again after a lost answer cannot
 * append it twice.
 */
import { type Connection, DoorbellError, publish } from '../../client/index.ts';
import { makeId } from '../model/ids.ts';
import { refusalWords } from '../model/wording.ts';
import { element } from './elements.ts';

export class PublishForm {
  readonly #form = element('publish', HTMLFormElement);
  readonly #data = element('data', HTMLTextAreaElement);
  readonly #result = element('publish-result', HTMLOutputElement);
  readonly #connection: Connection;
  #channel = '';
  #id = makeId(Math.random);
  #busy = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#form.addEventListener('submit', (submit) => {
      submit.preventDefault();
      void this.#publish();
    });
    this.#data.addEventListener('input', () => {
      this.#id = makeId(Math.random);
      this.#check();
    });
    this.#data.addEventListener('keydown', (key) => {
      if (key.key !== 'Enter' || !(key.ctrlKey || key.metaKey)) return;
      key.preventDefault();
      this.#form.requestSubmit();
    });
  }

  /** Publishes to this channel from now on. */
  aim(channel: string): void {
    this.#channel = channel;
    this.#id = makeId(Math.random);
    element('publish-channel', HTMLSpanElement).textContent = channel;
    this.#say('', '');
  }

  async #publish(): Promise<void> {
    if (this.#busy || !this.#check()) return;
    const channel = this.#channel;
    this.#setBusy(true);
    this.#say('', 'Publishing');
    try {
      const id = this.#id;
      const answer = await publish(channel, JSON.parse(this.#data.value), { ...this.#connection, id });
      if (id === this.#id) this.#id = makeId(Math.random);
      const before = answer.duplicates > 0 ? ' by an earlier attempt' : '';
      this.#say('done', `Published to ${channel} as vid ${answer.first}${before}.`);
    } catch (error) {
      if (!(error instanceof DoorbellError)) throw error;
      this.#say('refused', refusalWords(error));
    } finally {
      this.#setBusy(false);
    }
  }

  /** Whether the text is JSON; if not, the page says where it ends to be. */
  #check(): boolean {
    let problem = '';
    try {
      JSON.parse(this.#data.value);
    } catch (error) {
      problem = this.#data.value.trim() === '' ? 'It is empty.' : (error as SyntaxError).message;
    }
    this.#data.setAttribute('aria-invalid', String(problem !== ''));
    if (problem === '') this.#say('', '');
    else this.#say('refused', `This is not JSON yet. ${problem}`);
    return problem === '';
  }

  #say(kind: '' | 'done' | 'refused', text: string): void {
    this.#result.dataset.kind = kind;
    this.#result.textContent = text;
  }

  /** Not `disabled`: that would take the focus away from who pressed it. */
  #setBusy(busy: boolean): void {
    this.#busy = busy;
    this.#form.querySelector('button')?.setAttribute('aria-busy', String(busy));
  }
}
