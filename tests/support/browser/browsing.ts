/** A browser as far as logins need one: it keeps cookies, follows redirects, and fills in the forms of oidc-provider's own pages. */

const MAX_STEPS = 20;

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

export class Browsing {
  /** Every Set-Cookie that came, as it came. */
  readonly set: string[] = [];
  /** By name; for all sites alike, as tests have no two that share a name. */
  readonly #cookies = new Map<string, string>();

  /** One request, no redirect. */
  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0)
      headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#take(cookie);
    return response;
  }

  /** Where redirects are followed no further: the address is then the page. */
  readonly #until: string | undefined;

  constructor(until?: string) {
    this.#until = until;
  }

  /** Follows redirects. */
  async get(url: string, init: RequestInit = {}): Promise<Page> {
    let [at, response] = [url, await this.ask(url, init)];
    for (let step = 0; response.status >= 300 && response.status < 400; step++) {
      if (step > MAX_STEPS) throw new Error(`too many redirects at ${at}`);
      at = new URL(response.headers.get('location') ?? '', at).href;
      if (this.#until !== undefined && at.startsWith(this.#until)) return { url: at, status: 0, text: '' };
      response = await this.ask(at);
    }
    return { url: at, status: response.status, text: await response.text() };
  }

  /** Opens the address, and fills in what it is shown until there is no form of the provider's any more. */
  async logIn(url: string): Promise<Page> {
    let page = await this.get(url);
    for (let step = 0; page.url.includes('/interaction/'); step++) {
      if (step > MAX_STEPS) throw new Error(`the provider asks again and again: ${page.text}`);
      const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(page.text) ?? [];
      const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(page.text) ?? [];
      const body = new URLSearchParams({ prompt, login: 'ann', password: 'any' });
      page = await this.get(new URL(action, page.url).href, { method: 'POST', body });
    }
    return page;
  }

  #take(cookie: string): void {
    this.set.push(cookie);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (value === '' || /max-age=0\b/i.test(cookie)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
