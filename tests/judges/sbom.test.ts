/** The bill of materials of a package before CycloneDX's own schema, and the parser that knows names of licences. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../local/bundle/bundle.ts';
import { sbomOf } from '../../local/bundle/sbom.ts';
import { SERVICE_DIR } from '../../local/folder.ts';
import { output } from '../support/cli/commands.ts';
import { judge } from './judge.ts';

const cyclonedx = await judge('cyclonedx');

const VALIDATE = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
with open(sys.argv[1]) as file: error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
print("valid" if error is None else error)
`;

describe.skipIf(cyclonedx.missing)(`CycloneDX${cyclonedx.why}`, () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorbell-sbom-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const judged = async (bom: object) => {
    const file = join(folder, 'sbom.json');
    await writeFile(file, JSON.stringify(bom));
    return (await output(cyclonedx.program('python'), ['-c', VALIDATE, file], { env: {} })).trim();
  };

  test('takes the bill of a package that holds everything which any of ours holds', async () => {
    const packages = (await bundle()).flatMap((one) => one.packages);
    const bom = await sbomOf(join(SERVICE_DIR, 'packages/cli'), packages);

    expect((bom.components as readonly unknown[]).length).toBeGreaterThan(10);
    expect(await judged(bom)).toBe('valid');
  });

  test('refuses one whose component has no name', async () => {
    const bom = await sbomOf(join(SERVICE_DIR, 'packages/cli'), []);

    expect(await judged({ ...bom, components: [{ type: 'library' }] })).toContain(
      "'name' is a required property",
    );
  });
});
