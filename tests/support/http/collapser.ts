/**
 * What stands before an origin and asks it once for many: a cache that joins equal requests, as CloudFront, Varnish and nginx do. Its key is the
 * address and nothing else.
 */

import type { Served } from './http.ts';

/**
 * What becomes of those who were joined to an answer that may not be kept. `documented`: each asks for itself, as CloudFront's guide has it.
 * `eager`: they are given it all the same, as people at AWS say that it happens in a spike.
 */
export type Joining = 'documented' | 'eager';

interface Kept {
  readonly status: number;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: string;
  /** By the collapser's clock, in ms. */
  readonly until: number;
}

export class Collapser implements Served {
  readonly #origin: Served;
  readonly #now: () => number;
  readonly #joining: Joining;
  readonly #kept = new Map<string, Kept>();
  #underWay = new Map<string, { readonly answer: Promise<Kept>; readonly stop: AbortController }>();
  #life = 0;
  /** Requests that the origin was sent. */
  asked = 0;

  constructor(origin: Served, now: () => number, joining: Joining) {
    this.#origin = origin;
    this.#now = now;
    this.#joining = joining;
  }

  /** Rejects, as `fetch` does, when it is killed meanwhile. */
  async request(path: string): Promise<Response> {
    const life = this.#life;
    const kept = this.#kept.get(path);
    if (kept && this.#now() < kept.until) return asResponse(kept);
    const underWay = this.#underWay.get(path);
    const answer = await (underWay?.answer ?? this.#ask(path));
    if (life !== this.#life) throw new TypeError('fetch failed');
    if (!underWay || this.#joining === 'eager' || mayKeep(answer)) return asResponse(answer);
    return asResponse(await this.#fetch(path));
  }

  /** Whoever waits is cut off, and nothing is kept. */
  kill(): void {
    this.#life++;
    for (const { stop } of this.#underWay.values()) stop.abort();
    this.#underWay = new Map();
    this.empty();
  }

  empty(): void {
    this.#kept.clear();
  }

  #ask(path: string): Promise<Kept> {
    const stop = new AbortController();
    const own = this.#underWay;
    const answer = this.#fetch(path, stop.signal).finally(() => own.delete(path));
    own.set(path, { answer, stop });
    return answer.then((one) => {
      if (mayKeep(one) && own === this.#underWay) this.#kept.set(path, one);
      return one;
    });
  }

  async #fetch(path: string, signal?: AbortSignal): Promise<Kept> {
    this.asked++;
    const response = await this.#origin.request(path, signal ? { signal } : {});
    const age = /^public, max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0;
    return {
      status: response.status,
      headers: [...response.headers],
      body: await response.text(),
      until: this.#now() + Number(age) * 1_000,
    };
  }
}

function mayKeep({ headers }: Kept): boolean {
  return headers.some(([name, value]) => name === 'cache-control' && value.startsWith('public'));
}

function asResponse({ status, headers, body }: Kept): Response {
  return new Response(body, { status, headers: headers.map(([name, value]) => [name, value]) });
}
