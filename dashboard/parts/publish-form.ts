/**
 * A dialog that somebody has to ask for. It publishes what stands in its text field, after looking whether it
 * is JSON, and shows the vid it got or why it was refused. It is not offered to a token that says that it may
 * not publish. Until it was answered, the same text keeps the same event id: pressing again after a lost
 * answer cannot append it twice.
 */
import { type Connection, DoorbellError, publish } from '../../packages/client/src/index.ts';
import { mayPublish } from '../model/grants.ts';
import { makeId } from '../model/ids.ts';
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { refusalWords } from '../model/wording.ts';
import { element, make } from './elements.ts';

export class PublishForm {
  readonly #form = element('publish', HTMLFormElement);
  readonly #data = element('data', HTMLTextAreaElement);
  readonly #result = element('publish-result', HTMLOutputElement);
  readonly #dialog = element('publish-dialog', HTMLDialogElement);
  readonly #open = element('publish-open', HTMLButtonElement);
  readonly #channel = element('publish-channel', HTMLSelectElement);
  readonly #connection: Connection;
  readonly #token: () => string;
  #channels: readonly string[] = [];
  #id = makeId(Math.random);
  #busy = false;

  constructor(connection: Connection, token: () => string) {
    this.#connection = connection;
    this.#token = token;
    this.#open.addEventListener('click', () => {
      this.#dialog.showModal();
      this.#data.focus();
    });
    element('publish-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#channel.addEventListener('change', () => {
      this.#id = makeId(Math.random);
      this.#say('', '');
    });
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

  /** Publishes to one of these channels from now on. */
  follow(channels: readonly string[]): void {
    this.#channels = channels;
    this.#id = makeId(Math.random);
    this.#say('', '');
  }

  draw(_: Picture, { state }: Moment): void {
    const allowed = this.#channels.filter((channel) => mayPublish(this.#token(), channel));
    this.#open.hidden = allowed.length === 0 || state === 'refused';
    const old = [...this.#channel.options].map(({ value }) => value);
    if (old.join('/') === allowed.join('/')) return;
    this.#channel.replaceChildren(...allowed.map((name) => make('option', '', name)));
  }

  async #publish(): Promise<void> {
    if (this.#busy || !this.#check()) return;
    const channel = this.#channel.value;
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
    this.#form.querySelector('button.main')?.setAttribute('aria-busy', String(busy));
  }
}
