/** What the page's policy lets a browser run: the script and the style of the build, and nothing else. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pagePolicy } from '../../../lib/http/site/content-security-policy.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function directive(html: string, name: string): string | undefined {
  const all = pagePolicy(html).split('; ');
  return all.find((each) => each.startsWith(`${name} `))?.slice(name.length + 1);
}

test('each inline script and style is allowed by the hash of its text, over lines and with attributes', () => {
  const script = 'const a = 1;\nconst b = "</style>";\n';
  const html =
    `<style media="all">a {\n}</style><style>b</style>` +
    `<script type="module">${script}</script>\n<p>text</p>\n<script>last()</script>`;

  expect(directive(html, 'script-src')).toBe(`${hashOf(script)} ${hashOf('last()')}`);
  expect(directive(html, 'style-src')).toBe(`${hashOf('a {\n}')} ${hashOf('b')}`);
});

test('a page without scripts and styles may run none', () => {
  const html = '<!doctype html><scripted>x</scripted><stylesheet>y</stylesheet>';

  expect(directive(html, 'script-src')).toBe("'none'");
  expect(directive(html, 'style-src')).toBe("'none'");
});

test.each([
  ['default-src', "'none'"],
  ['connect-src', "'self'"],
  ['img-src', 'data:'],
  ['base-uri', "'none'"],
  ['form-action', "'none'"],
  ['frame-ancestors', "'none'"],
  ['require-trusted-types-for', "'script'"],
])('%s is %s', (name, value) => {
  expect(directive('', name)).toBe(value);
});
