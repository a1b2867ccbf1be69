/** What tells a program of this machine from a web page. */

import { expect, test } from 'vitest';
import { isFromPage, isLoopbackHost } from '../../../lib/http/loopback.ts';

test.each([
  '127.0.0.1',
  '127.0.0.1:4566',
  '127.1.2.3:80',
  'localhost',
  'LOCALHOST:3000',
  'sqs.us-east-1.localhost:4566',
  '[::1]',
  '[::1]:9464',
])('%s names this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  undefined,
  '',
  'evil.example',
  'evil.example:4566',
  'localhost.evil.example',
  '127.0.0.1.evil.example:80',
  '127.0.0.1:80.evil.example',
  'evil-localhost',
  '1.127.0.0.1',
  '[::1].evil.example',
  '[::2]',
  '0.0.0.0:4566',
  'localhost:80x',
  '127.0.0.1\n',
])('%j may be a name that somebody has made point at this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test('a request with an origin, or one that a browser says was made by a page, comes from a page', () => {
  const pages = [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: '' }];
  const sites = ['cross-site', 'same-site', 'same-origin'].map((site) => ({ 'sec-fetch-site': site }));

  expect([...pages, ...sites].map(isFromPage)).not.toContain(false);
  expect([{}, { 'sec-fetch-site': 'none' }].map(isFromPage)).not.toContain(true);
});
