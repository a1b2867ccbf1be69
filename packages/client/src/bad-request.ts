/** The error for an argument or an option that cannot be. Apart from errors.ts, which the modules beside client.js take from there. */
import { DoorbellError } from './errors.ts';

export function badRequest(message: string): DoorbellError {
  return new DoorbellError('bad-request', message);
}
