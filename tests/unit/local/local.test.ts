/** The small pure parts of `local/`: what a batch answer means, the inlined page, the port, and the environment. */
import { expect, test } from 'vitest';
import { banner, urlOf } from '../../../local/banner.ts';
import { inlinePage } from '../../../local/bundle/inline-assets.ts';
import { forgetAws } from '../../../local/emulators/environment.ts';
import { failedIn } from '../../../local/serverless/sqs-poller.ts';
import { checkSettings, frameworkLevel, parsePort } from '../../../local/start.ts';

const batch = [{ MessageId: 'a' }, { MessageId: 'b' }];

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ['an empty list', { batchItemFailures: [] }],
])('an answer of %s means that the whole batch was taken', (_, answer) => {
  expect([...failedIn(answer, batch)]).toEqual([]);
});

test('an answer that names messages means that the others were taken', () => {
  expect([...failedIn({ batchItemFailures: [{ itemIdentifier: 'b' }] }, batch)]).toEqual(['b']);
});

test.each([
  ['a message that was not in the batch', { batchItemFailures: [{ itemIdentifier: 'z' }] }],
  ['no message', { batchItemFailures: [{}] }],
  ['something that is not a list', { batchItemFailures: 'b' }],
])('an answer that names %s means that nothing was taken', (_, answer) => {
  expect([...failedIn(answer, batch)]).toEqual(['a', 'b']);
});

const PAGE = '<link rel="stylesheet" href="./style.css" /><script type="module" src="main.ts"></script>';

test('the page holds its script and style, and neither can end its element early', () => {
  const html = inlinePage(PAGE, { script: 'x="</script>$&"', style: 'a{content:"</style>"}' });

  expect(html).toBe('<style>a{content:"<\\/style>"}</style><script type="module">x="<\\/script>$&"</script>');
});

test('a page without the tags that it replaces is refused', () => {
  expect(() => inlinePage('<p>', { script: '', style: '' })).toThrow(/index\.html has no tag/);
});

test('PORT is 3000 unless it is said, and a whole number that can be a port, or 0 for any free one', () => {
  expect([undefined, '', '0', '1', '65535'].map(parsePort)).toEqual([3000, 3000, 0, 1, 65535]);
  for (const text of ['65536', '3000x', '-1', '1.5', ' ']) expect(() => parsePort(text)).toThrow(/PORT/);
});

test('the framework says no more than it may: at debug it prints requests whole, with tokens and events', () => {
  const levels = [undefined, '', 'error', 'info', 'debug'].map(frameworkLevel);

  expect(levels).toEqual(['warning', 'warning', 'error', 'info', 'info']);
});

test('the banner names the address that a browser can open', () => {
  expect(banner(urlOf('127.0.0.1', 4000), 'TOKEN')).toContain('http://127.0.0.1:4000/v1/channels/');
  expect(urlOf('0.0.0.0', 3000)).toBe('http://localhost:3000');
  expect(urlOf('::', 3000)).toBe('http://localhost:3000');
  expect(urlOf('::1', 3000)).toBe('http://[::1]:3000');
});

test('nothing that names an AWS account is left in the environment', () => {
  const env = {
    AWS_PROFILE: 'work',
    AWS_SESSION_TOKEN: 'secret',
    AWS_CONFIG_FILE: '/home/me/.aws/config',
    PATH: '/bin',
  };

  forgetAws(env, 'eu-west-1');

  expect(env).not.toHaveProperty('AWS_PROFILE');
  expect(env).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(env).toMatchObject({ PATH: '/bin', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'local' });
  expect(env.AWS_CONFIG_FILE).not.toContain('.aws');
});

test.each([
  ['CORS_ORIGINS', 'http://127.0.0.1:8080,http://127.0.0.1:8081'],
  ['CORS_HEADERS', 'X-Request-Id, traceparent'],
  ['BACKEND_CHANNEL', 'my doors'],
  ['MAX_HELD_POLLS', '0'],
  ['MAX_HELD_POLLS_PER_TOKEN', 'many'],
  ['REPEATS_PER_SECOND', '1.5'],
])('npm start refuses a bad %s before it listens', (name, value) => {
  expect(() => checkSettings({ [name]: value })).toThrow(name);
  expect(() => checkSettings({ [name]: '' })).not.toThrow();
});
