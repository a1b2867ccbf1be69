/**
 * Puts the schemas of channels into the packages of the functions that check by them, as a file beside the function. In its environment all variables together
 * have 4 KB; a parameter of SSM has 8 KB and is a call in each cold start; a file comes and goes with the code that reads it.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemasText } from '../../lib/compose/channel-schemas.ts';
import { readChannelSchemas } from '../../lib/schemas/channel-schemas.ts';
import { SERVICE_DIR, type Service } from '../emulators/service.ts';

/** As functions know it: Lambda starts them in the folder of their package. */
const FILE = 'dist/channel-schemas.json';

/** What a deploy says of its channels, checked: one text for all functions. Undefined where it says nothing. Throws for whoever deploys. */
export function checkSchemas(service: Service): string | undefined {
  const [setting] = typed(service).map(({ environment }) => String(environment?.CHANNEL_SCHEMAS));
  if (setting === undefined) return undefined;
  try {
    const text = schemasText(setting);
    readChannelSchemas(text, { checksAll: true });
    return text;
  } catch (error) {
    throw new Error(`channelSchemas: ${(error as Error).message}`, { cause: error });
  }
}

/** Tells the functions that they have it beside them. */
export function useSchemasFile(service: Service): void {
  for (const one of typed(service)) {
    one.environment = { ...one.environment, CHANNEL_SCHEMAS: FILE };
    one.package?.patterns?.push(FILE);
  }
}

/** Where packages are made of; dist/ is there. */
export async function writeSchemas(text: string): Promise<void> {
  await writeFile(join(SERVICE_DIR, FILE), JSON.stringify(JSON.parse(text)));
}

/** The functions that read the setting, where it is set. */
function typed({ functions }: Service) {
  return Object.values(functions).filter(({ environment }) => environment?.CHANNEL_SCHEMAS);
}
