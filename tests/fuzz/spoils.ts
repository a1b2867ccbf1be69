/** What may be wrong with a request: its method, path, query, headers, token or body. */

import fc from 'fast-check';
import { BORN } from '../support/memory/memory-app.ts';
import { validCall } from './arbitraries.ts';

/** A request as it goes out. */
export interface Sent {
  readonly method: string;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export type Spoil = (sent: Sent) => Sent;

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed()),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1.5',
    '1e9',
    'NaN',
    '9007199254740992',
    '21',
    '1001',
    '\0',
    '..',
    '__proto__',
    '%',
    '٣',
  ),
  fc.nat(9_000).map((length) => 'x'.repeat(length)),
);
const anyName = fc.oneof(
  anyText,
  fc.constantFrom(
    'maxvid',
    'wait',
    'limit',
    'client',
    'epoch',
    'slot',
    'ticket',
    'cursor',
    'access_token',
    '_',
  ),
);
/** Raw in an address: percent signs that encode nothing, or bytes that are no UTF-8, among them. */
const anySegment = fc.oneof(
  anyText.map(encodeURIComponent),
  fc.constantFrom(
    '',
    '.',
    '..',
    '%',
    '%0',
    '%zz',
    '%00',
    '%2e%2e',
    '%2f',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '//',
    '\\',
    ';a=b',
    ':',
    '*',
    BORN,
  ),
);
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const anyHeader = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'content-type',
      'content-length',
      'authorization',
      'cookie',
      'origin',
      'host',
      'accept',
      'expect',
      'transfer-encoding',
      'content-encoding',
      'x-forwarded-for',
      'x-http-method-override',
      'range',
      'if-none-match',
      'upgrade',
    ),
    fc.oneof(
      headerText,
      fc.constantFrom(
        '',
        'application/json',
        'application/x-ndjson',
        'text/plain',
        '-1',
        '1e9',
        'gzip',
        'Bearer',
        'Bearer a.b.c',
        '*',
      ),
    ),
  ),
  fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), headerText),
);
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .oneof(
      anyText,
      fc.json(),
      fc.constantFrom('{"data":1,"data":2}', '[]', '[[]]', '{"data":', '{"__proto__":1}', '['.repeat(10_000)),
    )
    .map((text) => new TextEncoder().encode(text)),
);

const withQuery = (address: string, more: string) => `${address}${address.includes('?') ? '&' : '?'}${more}`;

/** What may be wrong with a request. */
const spoil: fc.Arbitrary<Spoil> = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', 'get', 'X').map(
    (method): Spoil =>
      (sent) => ({ ...sent, method }),
  ),
  fc.array(anySegment, { maxLength: 8 }).map(
    (segments): Spoil =>
      (sent) => ({ ...sent, address: `/${segments.join('/')}` }),
  ),
  fc.tuple(anySegment, fc.nat(6)).map(
    ([segment, at]): Spoil =>
      ({ address, ...sent }) => {
        const [path = '', query] = address.split('?');
        const segments = path.split('/').map((one, i) => (i === at && i > 0 ? segment : one));
        return {
          ...sent,
          address: query === undefined ? segments.join('/') : `${segments.join('/')}?${query}`,
        };
      },
  ),
  fc.tuple(anyName, anyText).map(
    ([name, value]): Spoil =>
      ({ address, ...sent }) => ({
        ...sent,
        address: withQuery(address, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
      }),
  ),
  fc.constantFrom('%', '%=%', '=', '&&', 'maxvid', 'maxvid=%ff', 'a=%ed%a0%80', '?', '+=+', '#x', ';').map(
    (more): Spoil =>
      ({ address, ...sent }) => ({
        ...sent,
        address: withQuery(address, more),
      }),
  ),
  anyHeader.map(
    ([name, value]): Spoil =>
      (sent) => ({ ...sent, headers: { ...sent.headers, [name]: value } }),
  ),
  fc.constant<Spoil>(({ headers: { authorization: _, ...headers }, ...sent }) => ({ ...sent, headers })),
  anyBody.map(
    (body): Spoil =>
      (sent) => ({ ...sent, body }),
  ),
);

/** A call that the document allows, and what is done to it. */
export const spoiled = fc.tuple(validCall, fc.array(spoil, { minLength: 1, maxLength: 3 }));
