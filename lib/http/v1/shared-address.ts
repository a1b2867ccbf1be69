/**
 * The address of a shared poll, in its one form: `maxvid`, `epoch`, `slot`, `hold`, in this order, written without a character too many. Caches compare
 * addresses letter by letter: two forms of one question would be held twice, and whoever invents forms could make a cache ask for ever.
 */

import { PushError } from '../../errors.ts';
import type { SharedRequest } from '../../poll/shared-poll.ts';
import { ROUTES } from '../routes.ts';
import { channelParam } from './checks.ts';
import { sharedQuery } from './poll-params.ts';

/** `url`: as it came; `query`: without the token of a request that may carry one there. Throws `bad-parameter`. */
export function sharedRequest(channelText: string, url: string, query: URLSearchParams): SharedRequest {
  const channel = channelParam(channelText);
  const { maxvid, epoch, slot, hold } = sharedQuery(query);
  if (maxvid === undefined && (epoch !== undefined || slot !== undefined || hold !== undefined))
    throw refused('maxvid', 'maxvid must be given where epoch, slot or hold is');
  const request = {
    channel,
    ...(maxvid === undefined ? {} : { maxvid }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(slot === undefined ? {} : { slot }),
    ...(hold === undefined ? {} : { hold }),
  };
  const form = formOf(request);
  const [, path = '', search = ''] = /^[a-z]+:\/\/[^/]*([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
  if (`${path}${search}` !== form)
    throw refused('query', `The address of this request has one form: ${form}`);
  return request;
}

/** The address of a request; also what a reader asks for. */
export function formOf({ channel, maxvid, epoch, slot, hold }: SharedRequest): string {
  const path = ROUTES.shared.path.replace(':channel', channel);
  if (maxvid === undefined) return path;
  const life = epoch === undefined ? '' : `&epoch=${epoch}`;
  const turn = `${slot === undefined ? '' : `&slot=${slot}`}${hold === undefined ? '' : `&hold=${hold}`}`;
  return `${path}?maxvid=${maxvid}${life}${turn}`;
}

function refused(field: string, message: string): PushError {
  return new PushError('bad-parameter', `${message}.`, { field });
}
