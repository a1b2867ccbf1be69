/**
 * The page's token: from the link that opened it (`#token=…`, a part that no browser sends to a server), or typed in when the server asks for
 * one. It is kept for this tab only, and taken out of the address at once, so that a picture or a copied link does not hold it.
 */
import type { Status } from '../../packages/client/src/index.ts';
import { isRefusal } from '../model/wording.ts';
import { element } from './elements.ts';

const KEY = 'doorbell-token';

export class TokenForm {
  readonly #form = element('token-form', HTMLFormElement);
  readonly #input = element('token', HTMLInputElement);
  #token = tokenInAddress() ?? kept();

  /** `onToken` is called when there is another token to try. */
  constructor(onToken: () => void) {
    const use = (token: string) => {
      this.#token = token;
      keep(token);
      this.#form.hidden = true;
      onToken();
    };
    keep(this.#token);
    this.#form.addEventListener('submit', (submit) => {
      submit.preventDefault();
      const token = this.#input.value.trim();
      this.#input.value = '';
      if (token !== '') use(token);
    });
    addEventListener('hashchange', () => {
      const token = tokenInAddress();
      if (token !== undefined) use(token);
    });
  }

  /** Empty where there is none. */
  get token(): string {
    return this.#token;
  }

  /** Asks for a token where the server has refused this one, or that there is none. */
  show(status: Status): void {
    this.#form.hidden = !(status.state === 'stopped' && isRefusal(status.error));
  }
}

/** The token in the address, which then holds it no longer. */
function tokenInAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

function kept(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    // Storage is switched off: the token lives as long as the page.
    return '';
  }
}

function keep(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // As above.
  }
}
