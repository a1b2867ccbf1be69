/** `@doorbell/stack`: built twice, its template before cfn-lint and in an application of the CDK, and the package before npm. */

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildStack } from '../../local/bundle/stack.ts';
import { SERVICE_DIR } from '../../local/folder.ts';
import { lint, NOTHING } from './cfn-lint.ts';
import { judge, npmJudge } from './judge.ts';

const run = promisify(execFile);
const cfnLint = await judge('cfn-lint');
const moto = await judge('moto');
const awsCli = await judge('aws-clients');
const cdk = await npmJudge('cdk', 'aws-cdk-lib');
/** Where nothing but the sources is the same: files may be read by nobody else, and it is another time of the day. */
const ELSEWHERE = `
  process.umask(0o077);
  const { buildStack } = await import(process.argv[1]);
  await buildStack(process.argv[2]);
`;

let folder = '';
const [first, second] = ['first', 'second'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-stack-'));
  for (const name of [first, second]) await mkdir(join(folder, name));
  const module = join(SERVICE_DIR, 'local/bundle/stack.ts');
  // At once, for the framework packages in a folder of the service, wherever the packages shall go.
  await Promise.all([
    buildStack(join(folder, first)),
    run(process.execPath, ['--input-type=module', '-e', ELSEWHERE, module, join(folder, second)]),
  ]);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function digests(name: string): Promise<readonly string[]> {
  const files = (await readdir(join(folder, name))).sort();
  return Promise.all(
    files.map(async (file) => {
      const contents = await readFile(join(folder, name, file));
      return `${file} ${createHash('sha256').update(contents).digest('hex')}`;
    }),
  );
}

test('is the same byte for byte when it is built again, and holds the code of every function', async () => {
  const built = await digests(first);

  expect(await digests(second)).toEqual(built);
  expect(built.map((line) => line.split(' ')[0])).toEqual([
    'ingest.zip',
    'page.zip',
    'poll.zip',
    'producer.zip',
    'publish.zip',
    'sweep.zip',
    'template.json',
    'ticket.zip',
  ]);
});

test('the template of a deploy names no bucket of the framework and leaves no marker', async () => {
  const text = await readFile(join(folder, first, 'template.json'), 'utf8');

  expect(text).not.toMatch(/ServerlessDeploymentBucket|zz[A-Za-z]+zz/);
  // What CloudFormation takes without a bucket; larger ones are uploaded first.
  expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
});

describe.skipIf(cfnLint.missing)(`cfn-lint${cfnLint.why}`, () => {
  test('has neither an error nor a warning to say of its template', async () => {
    const verdict = await lint(cfnLint, [
      ...['--regions', 'us-east-1', 'eu-central-1'],
      // No subnet and no group, which is the default: the branch that would take them apart is then not taken.
      ...['--ignore-checks', 'W1033'],
      ...['--template', join(folder, first, 'template.json')],
    ]);

    expect(verdict).toEqual(NOTHING);
  });
});

const INCLUDING = `
  const { App, Stack } = require('aws-cdk-lib');
  const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
  const [templateFile, outdir] = process.argv.slice(1);
  const app = new App({ outdir });
  const parameters = { Stage: 'prod', CodeBucket: 'a-bucket', SecretParameter: '/doorbell/prod/secret' };
  new CfnInclude(new Stack(app, 'Doors'), 'Doorbell', { templateFile, parameters });
  app.synth();
`;

describe.skipIf(cdk.missing)(`CDK${cdk.why}`, () => {
  test('includes the template in a stack of its own: the same resources, with the parameters that it is given', async () => {
    const file = join(folder, first, 'template.json');
    const out = join(folder, 'cdk');
    await run(process.execPath, ['-e', INCLUDING, file, out], { cwd: cdk.folder });

    const [own, made] = await Promise.all(
      [file, join(out, 'Doors.template.json')].map(async (path) => JSON.parse(await readFile(path, 'utf8'))),
    );
    const types = ({ Resources }: { readonly Resources: Record<string, { readonly Type: string }> }) =>
      Object.entries(Resources)
        .map(([id, { Type }]) => `${id} ${Type}`)
        .sort();
    expect(types(made).filter((line) => !line.startsWith('CDKMetadata'))).toEqual(types(own));
    expect(made.Resources.PollLambdaFunction.Properties).toMatchObject({
      FunctionName: { 'Fn::Sub': 'doorbell-prod-poll' },
      Code: { S3Bucket: 'a-bucket' },
    });
    expect(Object.keys(made.Outputs)).toEqual(Object.keys(own.Outputs));
  });
});

describe.skipIf(moto.missing || awsCli.missing)(`AWS CLI and moto${moto.why || awsCli.why}`, () => {
  /** Of serverless.yml without direct waits and the sample. moto knows neither HTTP APIs nor policies of queues. */
  const FUNCTIONS = ['ingest', 'page', 'poll', 'publish', 'sweep'];
  let server: ReturnType<typeof spawn>;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    server = spawn(moto.program('python'), [join(SERVICE_DIR, 'tests/support/second/moto_dynamodb.py')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [port] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    env = {
      PATH: `${dirname(awsCli.program('aws'))}:${process.env.PATH}`,
      HOME: folder,
      // By this name it takes a bucket from the path of an address.
      AWS_ENDPOINT_URL: `http://localhost:${port.toString().trim()}`,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    const installed = join(folder, 'user/node_modules/@doorbell/stack');
    await cp(join(folder, first), join(installed, 'dist'), { recursive: true });
    await cp(join(SERVICE_DIR, 'packages/stack/package.json'), join(installed, 'package.json'));
    await aws('s3', 'mb', 's3://a-bucket');
  }, 120_000);
  afterAll(() => void server?.kill('SIGKILL'));

  const aws = async (...args: readonly string[]) =>
    (await run(awsCli.program('aws'), [...args, '--output', 'text'], { env })).stdout.trim();
  const deploy = (...args: readonly string[]) =>
    run(
      process.execPath,
      [
        join(SERVICE_DIR, 'packages/cli/src/main.ts'),
        'deploy',
        '--stage',
        'prod',
        '--bucket',
        'a-bucket',
        ...args,
      ],
      { cwd: join(folder, 'user'), env },
    );

  test('doorbell deploy makes the stack of it: its functions with their code, and its tables', async () => {
    await deploy('-p', 'secretParameter=/doorbell/prod/secret', '-p', 'RetentionHours=24');

    const functions = await aws('lambda', 'list-functions', '--query', 'Functions[].[FunctionName,CodeSize]');
    const sizes = await Promise.all(
      FUNCTIONS.map(async (name) => (await stat(join(folder, first, `${name}.zip`))).size),
    );
    expect(functions.split('\n').sort()).toEqual(
      FUNCTIONS.map((name, i) => `doorbell-prod-${name}\t${sizes[i]}`),
    );
    expect((await aws('dynamodb', 'list-tables', '--query', 'TableNames')).split('\t').sort()).toEqual(
      ['cursors', 'events', 'states', 'waiters'].map((name) => `doorbell-prod-${name}`),
    );
    expect(
      await aws(
        ...['lambda', 'get-function-configuration', '--function-name', 'doorbell-prod-publish'],
        ...['--query', 'Environment.Variables.RETENTION_HOURS'],
      ),
    ).toBe('24');
  });
});

test('the tarball of the stack is the same whoever packs it', async () => {
  const packed = join(folder, 'packed');
  await mkdir(packed);
  const digest = async (mask: string) => {
    const pack = `umask ${mask} && npm pack --silent --pack-destination "$1" -w packages/stack`;
    const { stdout } = await run('sh', ['-c', pack, 'sh', packed], { cwd: SERVICE_DIR });
    const tarball = await readFile(join(packed, stdout.trim().split('\n').at(-1) ?? ''));
    return createHash('sha256').update(tarball).digest('hex');
  };

  expect(await digest('077')).toBe(await digest('022'));
});

test('npm would publish it as it is', async () => {
  const packed = join(folder, 'package');
  await mkdir(packed);
  for (const name of ['package.json', 'README.md'])
    await cp(join(SERVICE_DIR, 'packages/stack', name), join(packed, name));
  await cp(join(SERVICE_DIR, 'LICENSE'), join(packed, 'LICENSE'));
  await cp(join(folder, first), join(packed, 'dist'), { recursive: true });

  // What `prepack` would build is there already.
  const { stdout, stderr } = await run(
    'npm',
    // Said aloud: who runs this by `npm run --silent` has npm be silent too.
    ['publish', '--dry-run', '--ignore-scripts', '--loglevel=notice'],
    { cwd: packed },
  );

  expect(stdout).toMatch(/^\+ @doorbell\/stack@/);
  expect(stderr).not.toContain('auto-corrected');
  expect(stderr.match(/dist\/[a-z]+\.(?:zip|json)/g)?.sort()).toEqual(
    (await readdir(join(folder, first))).map((name) => `dist/${name}`).sort(),
  );
});
