/** The schemas of this deployment's channels. What checks by them is loaded only where there are any. */

import { readFileSync } from 'node:fs';
import type { Environment } from '../config.ts';
import type { ChannelSchemas } from '../publish/ports.ts';

/**
 * What CHANNEL_SCHEMAS says: a JSON object, or the path of a file that holds one. Undefined where it is not set. `checksAll`: all of them are compiled, and held
 * to the draft's own schema, for a start that is not in a hurry. Throws an error whose message is for whoever deploys.
 */
export async function channelSchemas(
  { CHANNEL_SCHEMAS: setting = '' }: Environment,
  { checksAll = false }: { readonly checksAll?: boolean } = {},
): Promise<ChannelSchemas | undefined> {
  if (setting.trim() === '') return undefined;
  const text = schemasText(setting);
  const { readChannelSchemas } = await import('../schemas/channel-schemas.ts');
  return readChannelSchemas(text, { checksAll });
}

/** The JSON text itself. Throws an error whose message is for whoever deploys. */
export function schemasText(setting: string): string {
  if (setting.trimStart().startsWith('{')) return setting;
  try {
    return readFileSync(setting, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `CHANNEL_SCHEMAS must be a JSON object, or a file that can be read: ${setting} (${code})`,
    );
  }
}
