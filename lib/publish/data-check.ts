/** What an event's data are held to where the channel has a schema. */

import { internalError, PushError } from '../errors.ts';
import type { NewEvent } from '../log/block.ts';
import { plainJson } from '../runtime/json.ts';
import type { ChannelSchemas, Fitting } from './ports.ts';

/** Throws `bad-body` for data that do not fit. `field` names them in the request; the problem's `pointer` is the place in them. */
export type DataCheck = (event: Pick<NewEvent, 'data' | 'json'>, field: string) => void;

/** For one request. Undefined where the channel has no schema. Throws `internal` where the schema itself is wrong. */
export function dataCheck(schemas: ChannelSchemas | undefined, channel: string): DataCheck | undefined {
  const fitting = schemas && fittingOf(schemas, channel);
  if (!fitting) return undefined;
  return ({ data, json }, field) => {
    const misfit = fitting(plainJson(data, json));
    if (!misfit) return;
    const { pointer, wanted } = misfit;
    const message = `${field} does not fit the schema of ${channel}: ${pointer || 'it'} ${wanted}.`;
    throw new PushError('bad-body', message, { field, pointer });
  };
}

function fittingOf(schemas: ChannelSchemas, channel: string): Fitting | undefined {
  try {
    return schemas.of(channel);
  } catch (error) {
    throw internalError(error);
  }
}
