/** What `@doorbell/stack` holds: the zips of `serverless package`, and a template with parameters of CloudFormation. The same from the same sources. */

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadService } from '../emulators/service.ts';
import { SERVICE_DIR } from '../folder.ts';
import type { Template } from '../serverless/template.ts';
import { markerOf, stackTemplate } from './stack-template.ts';

/** A matter of the program that deploys. */
const NO_PARAMETERS = ['adoptTable', 'keepConditions'];
const STAGE = 'stage';

/** Writes it into the folder, which must be there. Gives the names of its functions. */
export async function buildStack(folder: string): Promise<readonly string[]> {
  const { params, functions } = (await loadService()) as unknown as {
    readonly params: { readonly default: Readonly<Record<string, unknown>> };
    readonly functions: Readonly<Record<string, unknown>>;
  };
  const defaults = Object.entries(params.default).filter(([name]) => !NO_PARAMETERS.includes(name));
  const packaged = await mkdtemp(join(tmpdir(), 'doorbell-stack-'));
  try {
    await packageWithMarkers(
      packaged,
      defaults.map(([name]) => name),
    );
    const file = join(packaged, 'cloudformation-template-update-stack.json');
    const template: Template = JSON.parse(await readFile(file, 'utf8'));
    const made = stackTemplate(template, { [STAGE]: 'dev', ...Object.fromEntries(defaults) });
    await writeFile(join(folder, 'template.json'), `${JSON.stringify(made, null, 1)}\n`);
    const names = Object.keys(functions);
    for (const name of names) await copyFile(join(packaged, `${name}.zip`), join(folder, `${name}.zip`));
    return names;
  } finally {
    await rm(packaged, { recursive: true, force: true });
  }
}

/** Without credentials and network; the framework says that what it packages could not be deployed as it is. */
async function packageWithMarkers(folder: string, names: readonly string[]): Promise<void> {
  const cli = join(SERVICE_DIR, 'node_modules/serverless/bin/serverless.js');
  const params = names.map((name) => `--param=${name}=${markerOf(name)}`);
  const command = [cli, 'package', '--package', folder, '--stage', markerOf(STAGE), ...params];
  const env = { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
  await promisify(execFile)(process.execPath, [...command, '--param=keepConditions=true'], {
    cwd: SERVICE_DIR,
    env,
  });
}
