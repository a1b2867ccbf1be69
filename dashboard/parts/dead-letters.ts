/**
 * A dialog for messages that could not be published: which there are, why, and what they hold; mended, sent again or dropped. It is offered only where the token
 * says that it allows this. What a letter holds is in the page as text, and only as long as the dialog is open.
 */
import type { DeadLetterInfo } from '../../lib/protocol/doorbell.ts';
import type { Connection } from '../../packages/client/src/index.ts';
import { type Answer, ask, type Change } from '../ask.ts';
import { visible } from '../model/cell-text.ts';
import { deadLettersIn, isDeadLetter, noteFor, reasonWords, refusalIn } from '../model/dead-letters.ts';
import { mayClear } from '../model/grants.ts';
import type { Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { element, make, makeButton } from './elements.ts';

const PATH = 'v1/dead-letters';
const DROP = 'Drop it…';

export class DeadLetters {
  readonly #open = element('dead-open', HTMLButtonElement);
  readonly #dialog = element('dead-dialog', HTMLDialogElement);
  readonly #note = element('dead-note', HTMLElement);
  readonly #list = element('dead-list', HTMLUListElement);
  readonly #form = element('dead-form', HTMLFormElement);
  readonly #reason = element('dead-reason', HTMLElement);
  readonly #body = element('dead-body', HTMLTextAreaElement);
  readonly #drop = element('dead-drop', HTMLButtonElement);
  readonly #result = element('dead-result', HTMLOutputElement);
  readonly #connection: Connection;
  readonly #token: () => string;
  #asking = new AbortController();
  #chosen: DeadLetterInfo | undefined;
  #busy = false;

  constructor(connection: Connection, token: () => string) {
    this.#connection = connection;
    this.#token = token;
    this.#open.addEventListener('click', () => {
      this.#dialog.showModal();
      void this.#look();
    });
    element('dead-close', HTMLButtonElement).addEventListener('click', () => {
      this.#dialog.close();
      // The dialog's own event comes later: until then what a letter holds would still be in the page.
      this.#forget();
    });
    element('dead-refresh', HTMLButtonElement).addEventListener('click', () => void this.#look());
    this.#dialog.addEventListener('close', () => this.#forget());
    this.#body.addEventListener('input', () => this.#say('', ''));
    this.#form.addEventListener('submit', (submit) => {
      submit.preventDefault();
      void this.#act(() => this.#send());
    });
    this.#drop.addEventListener('click', () => {
      if (this.#drop.dataset.sure === 'yes') void this.#act(() => this.#throwAway());
      else this.#beSure('yes');
    });
  }

  draw(_: Picture, { state }: Moment): void {
    this.#open.hidden = !mayClear(this.#token()) || state === 'refused';
  }

  async #look(): Promise<void> {
    this.#choose(undefined);
    this.#note.textContent = 'Looking …';
    const answer = await this.#ask('');
    if (!answer) return;
    const list = deadLettersIn(answer);
    this.#note.textContent = noteFor(answer, list);
    this.#list.replaceChildren(...(list?.messages ?? []).map((message) => this.#row(message)));
  }

  #row(message: DeadLetterInfo): HTMLLIElement {
    const row = make('li', 'letter');
    const button = makeButton(
      'letter-choose',
      visible(message.channel),
      () => void this.#act(() => this.#show(message, row)),
    );
    button.append(make('span', 'letter-reason', visible(reasonWords(message))));
    row.append(button);
    return row;
  }

  async #show({ id }: DeadLetterInfo, row: HTMLLIElement): Promise<void> {
    const answer = await this.#ask(`/${id}`);
    if (!answer) return;
    if (answer.status !== 200 || !isDeadLetter(answer.body)) {
      this.#say('refused', refusalIn(answer));
      return;
    }
    for (const other of this.#list.children) other.toggleAttribute('data-chosen', other === row);
    this.#choose(answer.body);
    this.#body.focus();
  }

  #choose(message: DeadLetterInfo | undefined): void {
    this.#chosen = message;
    this.#form.hidden = message === undefined;
    this.#reason.textContent = message === undefined ? '' : visible(reasonWords(message));
    this.#body.value = message?.body ?? '';
    this.#beSure('no');
    this.#say('', '');
  }

  /** Mended and sent in one request where the text is another. */
  async #send(): Promise<void> {
    const message = this.#chosen;
    if (!message) return;
    const body = this.#body.value;
    const answer = await (body === message.body
      ? this.#ask(`/${message.id}`, { method: 'POST' })
      : this.#ask(`/${message.id}?redrive=true`, { method: 'PUT', body }));
    await this.#end(answer, 'It was sent again.');
  }

  async #throwAway(): Promise<void> {
    if (this.#chosen)
      await this.#end(await this.#ask(`/${this.#chosen.id}`, { method: 'DELETE' }), 'It is gone.');
  }

  async #end(answer: Answer | undefined, words: string): Promise<void> {
    if (!answer) return;
    if (answer.status >= 300 || answer.status === 0) {
      this.#say('refused', refusalIn(answer));
      return;
    }
    await this.#look();
    this.#say('done', words);
  }

  #ask(path: string, change?: Change): Promise<Answer | undefined> {
    return ask(this.#connection, `${PATH}${path}`, this.#asking.signal, change);
  }

  /** One thing at a time: a second press must not send twice. */
  async #act(act: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#dialog.setAttribute('aria-busy', 'true');
    try {
      await act();
    } finally {
      this.#busy = false;
      this.#dialog.removeAttribute('aria-busy');
    }
  }

  /** The dialog is closed: what is under way is left, and nothing of it stays in the page. */
  #forget(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#choose(undefined);
    this.#list.replaceChildren();
    this.#note.textContent = '';
  }

  #beSure(sure: 'yes' | 'no'): void {
    this.#drop.dataset.sure = sure;
    this.#drop.textContent = sure === 'yes' ? 'Drop it for good' : DROP;
  }

  #say(kind: '' | 'done' | 'refused', text: string): void {
    this.#result.dataset.kind = kind;
    this.#result.textContent = visible(text);
  }
}
