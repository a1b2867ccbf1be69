import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../../packages/cli/src/failure.ts';
import { runProgram } from '../../../packages/cli/src/run-program.ts';
import { type CallOptions, call } from '../../support/cli/terminal.ts';

const STACK = ['deploy', '--stage', 'prod', '--bucket', 'my-bucket'];
const SECRET = ['-p', 'SecretParameter=/doorbell/prod/secret'];
const TEMPLATE = {
  Parameters: {
    Stage: { Type: 'String', Default: 'dev' },
    SecretParameter: { Type: 'String', Default: '' },
    RetentionHours: { Type: 'String', Default: '168', AllowedPattern: '[0-9]+' },
    RequestsPerSecond: { Type: 'Number', Default: 500 },
    DirectWait: { Type: 'String', Default: 'false', AllowedValues: ['true', 'false'] },
    CodeBucket: { Type: 'String' },
    CodePrefix: { Type: 'String', Default: '' },
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as CloudFormation has it
  Resources: { Poll: { S3Key: { 'Fn::Sub': '${CodePrefix}poll.zip' } } },
};

let folder = '';
const dist = () => join(folder, 'node_modules/@doorbell/stack/dist');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-deploy-'));
  await mkdir(dist(), { recursive: true });
  await writeFile(
    join(dist(), '../package.json'),
    JSON.stringify({ name: '@doorbell/stack', version: '1.2.3' }),
  );
  await writeFile(join(dist(), 'template.json'), JSON.stringify(TEMPLATE));
  await writeFile(join(dist(), 'poll.zip'), 'the code of polls');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An AWS CLI that notes what it is asked, and ends as `exits` says, 0 where it says nothing. */
function aws(exits: Readonly<Record<string, number>> = {}, outputs: unknown = []) {
  const asked: string[][] = [];
  const program: CallOptions['program'] = async (name, args) => {
    asked.push([name, ...args]);
    return {
      exit: exits[args[1] ?? ''] ?? 0,
      out: args[1] === 'describe-stacks' ? JSON.stringify(outputs) : '',
    };
  };
  return { asked, program };
}

const fetch = () => Promise.reject(new Error('no server is asked'));
const deploy = (args: readonly string[], options: Partial<CallOptions> = {}) =>
  call([...STACK, ...args], { fetch, folder, ...options });

/** What the zips were uploaded under. */
const prefixIn = (asked: readonly string[][]) =>
  /^s3:\/\/my-bucket\/(doorbell\/1\.2\.3-[0-9a-f]{12}\/)$/.exec(asked[0]?.[4] ?? '')?.[1];

test('uploads the code, lets CloudFormation make the stack of it, and prints its addresses', async () => {
  const { asked, program } = aws({}, [{ OutputKey: 'ApiUrl', OutputValue: 'https://api.example' }]);

  const { exit, out } = await deploy([...SECRET, '--region', 'eu-central-1'], { program });

  expect(exit).toBe(EXIT.done);
  expect(asked.map((words) => words.slice(0, 3).join(' '))).toEqual([
    'aws s3 cp',
    'aws cloudformation deploy',
    'aws cloudformation describe-stacks',
  ]);
  const [upload = [], made = []] = asked;
  const prefix = prefixIn(asked);
  expect(upload).toEqual(expect.arrayContaining([dist(), '--recursive', '--include', '*.zip']));
  expect(made.slice(made.indexOf('--parameter-overrides') + 1)).toEqual([
    'Stage=prod',
    'CodeBucket=my-bucket',
    `CodePrefix=${prefix}`,
    'SecretParameter=/doorbell/prod/secret',
  ]);
  expect(made).toEqual(
    expect.arrayContaining(['--stack-name', 'doorbell-prod', join(dist(), 'template.json')]),
  );
  for (const words of asked) expect(words.join(' ')).toContain('--region eu-central-1');
  expect(out).toBe('ApiUrl  https://api.example\n');
});

test('other code lies under another name, so that CloudFormation sees it', async () => {
  const [before, after] = [aws(), aws()];
  await deploy(SECRET, before);
  await writeFile(join(dist(), 'poll.zip'), 'other code');
  await deploy(SECRET, after);

  expect(prefixIn(before.asked)).toBeDefined();
  expect(prefixIn(after.asked)).toBeDefined();
  expect(prefixIn(after.asked)).not.toBe(prefixIn(before.asked));
});

test('takes the names of serverless.yml too, and a value with an equals sign and a blank', async () => {
  const { asked, program } = aws();

  await deploy(['-p', 'secretParameter=/a=b c', '-p', 'directWait=true'], { program });

  expect(asked[1]).toEqual(expect.arrayContaining(['SecretParameter=/a=b c', 'DirectWait=true']));
});

test('--dry-run prints what a shell would run, and runs nothing', async () => {
  const { asked, program } = aws();

  const { exit, out } = await deploy(['-p', "secretParameter=it's", '--dry-run'], { program });

  expect(exit).toBe(EXIT.done);
  expect(asked).toEqual([]);
  expect(out).toMatch(/^aws s3 cp .* '\*' --include '\*\.zip' .*\naws cloudformation deploy .*\n$/);
  expect(out).toContain(`'SecretParameter=it'\\''s'`);
});

test('--review makes a change set, and asks for no addresses of a stack that may not be there', async () => {
  const { asked, program } = aws();

  await deploy([...SECRET, '--review'], { program });

  expect(asked).toHaveLength(2);
  expect(asked[1]).toContain('--no-execute-changeset');
});

describe('changes nothing', () => {
  test.each([
    [
      'a parameter that is not there',
      ['-p', 'Secret=x'],
      'There is no parameter Secret. There are: SecretParameter',
    ],
    ['a parameter that has an option', ['-p', 'CodeBucket=x'], 'There is no parameter CodeBucket'],
    ['another word than two', ['-p', 'DirectWait=yes'], 'DirectWait must be true or false.'],
    ['no number', ['-p', 'RequestsPerSecond=many'], 'RequestsPerSecond must be a number.'],
    ['a text that does not fit', ['-p', 'RetentionHours=1h'], 'RetentionHours must fit [0-9]+.'],
    ['a parameter without a value', ['-p', 'DirectWait'], 'It must be Name=value.'],
    ['a bucket that cannot be', ['--bucket', 'My_Bucket'], 'It must be the name of a bucket'],
    ['a stage that cannot be', ['--stage', 'Prod'], 'It must be 1 to 20 of a-z'],
  ])('for %s', async (_, args, said) => {
    const { asked, program } = aws();

    const { exit, err } = await deploy(args, { program });

    expect(exit).toBe(EXIT.usage);
    expect(err).toContain(said);
    expect(asked).toEqual([]);
  });

  test('where @doorbell/stack is not installed, and says how to', async () => {
    const { exit, err } = await deploy(SECRET, { folder: tmpdir() });

    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('npm install @doorbell/stack');
  });
});

test('ends with the first step that fails', async () => {
  const { asked, program } = aws({ cp: 1 });

  const { exit, err } = await deploy(SECRET, { program });

  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('aws s3 cp ended with 1.');
  expect(asked).toHaveLength(1);
});

test('a deploy says that the stack is there where its addresses cannot be had', async () => {
  const failing = await deploy(SECRET, aws({ 'describe-stacks': 254 }));
  const junk = await deploy(SECRET, { program: async () => ({ exit: 0, out: '<' }) });

  expect([failing.exit, junk.exit]).toEqual([EXIT.failed, EXIT.failed]);
  expect(failing.err).toMatch(
    /^doorbell-prod is deployed\.\naws cloudformation describe-stacks ended with 254\.$/m,
  );
  expect(junk.err).toContain('not JSON');
});

test('a deploy uploads nothing of a package that lacks a function', async () => {
  const { asked, program } = aws();
  const code = await readFile(join(dist(), 'poll.zip'));
  await rm(join(dist(), 'poll.zip'));
  const { exit, err } = await deploy(SECRET, { program });
  await writeFile(join(dist(), 'poll.zip'), code);

  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('@doorbell/stack is not whole');
  expect(asked).toEqual([]);
});

test('Ctrl-C ends it as interrupted: what CloudFormation has begun, it may finish', async () => {
  const interrupt = new AbortController();
  const program: CallOptions['program'] = async () => {
    interrupt.abort();
    return { exit: 130, out: '' };
  };

  const { exit, err } = await deploy(SECRET, { interrupt, program });

  expect(exit).toBe(EXIT.interrupted);
  expect(err).toContain('CloudFormation may go on');
});

describe('another program', () => {
  test('is read, with its exit code', async () => {
    const script = 'process.stdout.write("said"); process.exitCode = 3';

    expect(await runProgram(process.execPath, ['-e', script], 'read')).toEqual({ exit: 3, out: 'said' });
  });

  test('that is not there is named', async () => {
    await expect(runProgram('doorbell-no-such-program', [], 'read')).rejects.toThrow(
      'doorbell-no-such-program is not installed.',
    );
  });
});
