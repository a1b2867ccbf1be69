/**
 * A bill of materials for each package that npm has of us (CycloneDX 1.6): what others wrote and its files hold, with versions and licences. It is the
 * same for the same sources, so it says no time and no serial number.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICE_DIR } from '../folder.ts';
import { licenceNamed } from './third-party.ts';

/** Beside the bundles of every package. */
export const SBOM = 'sbom.json';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
}

/** Of the package in the folder, which holds code of those folders, each relative to `root`. */
export async function sbomOf(
  folder: string,
  packages: readonly string[],
  root = SERVICE_DIR,
): Promise<Readonly<Record<string, unknown>>> {
  const manifests = await Promise.all([...new Set(packages)].map((one) => manifestIn(join(root, one))));
  // Two folders may hold the same version of one package.
  const components = new Map(manifests.map((manifest) => [purlOf(manifest), componentOf(manifest)]));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: componentOf(await manifestIn(folder)) },
    components: [...components].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component),
  };
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

function componentOf(manifest: Manifest) {
  const purl = purlOf(manifest);
  const expression = licenceNamed(manifest);
  return {
    type: 'library',
    'bom-ref': purl,
    name: manifest.name,
    version: manifest.version,
    ...(expression === undefined ? {} : { licenses: [{ expression }] }),
    purl,
  };
}

/** https://github.com/package-url/purl-spec: of a scope, `@` is written `%40`. */
function purlOf({ name, version }: Manifest): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
