/** The CloudFront Function that checks tokens before the cache, run as CloudFront would: its code as a deploy has it, an event, a key-value store. */

import crypto from 'node:crypto';
import { edgeCode } from '../../../local/serverless/edge.ts';

interface Value {
  readonly value: string;
  readonly multiValue?: ReadonlyArray<{ readonly value: string }>;
}

export interface EdgeRequest {
  method: string;
  uri: string;
  querystring: object;
  headers: Record<string, Value>;
  cookies: object;
}

export interface EdgeAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, Value>>;
  readonly body: string;
}

export type Edge = (event: { readonly request: EdgeRequest }) => Promise<EdgeRequest | EdgeAnswer>;

/** `store`: the value of `tokens`; undefined: there is none. */
export function edgeWith(environment: Readonly<Record<string, string>>, store: string | undefined): Edge {
  const code = edgeCode(environment).replace(/^import .*$/gm, '');
  const cf = {
    kvs: () => ({
      async get(key: string) {
        if (key !== 'tokens' || store === undefined) throw new Error('KeyNotFound');
        return store;
      },
    }),
  };
  return new Function('cf', 'crypto', `${code}\nreturn handler;`)(cf, crypto) as Edge;
}

export function edgeRequest(uri: string, token?: string, more: Partial<EdgeRequest> = {}): EdgeRequest {
  const headers = token === undefined ? {} : { authorization: { value: `Bearer ${token}` } };
  return { method: 'GET', uri, querystring: {}, headers, cookies: {}, ...more };
}

/** What it says of the request: `passed`, or the code of its problem. */
export function verdictOf(answer: EdgeRequest | EdgeAnswer): string {
  if (!('statusCode' in answer)) return 'passed';
  return (JSON.parse(answer.body) as { type: string }).type.replace('urn:doorbell:problem:', '');
}
