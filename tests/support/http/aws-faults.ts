/** Clients whose calls fail as AWS's do: before they take effect, or after, when only the answer is lost. */

import { operationOf } from '../../../lib/aws/call-observer.ts';
import type { Clients } from '../../../lib/compose/base.ts';

export interface Call {
  readonly name: string;
  /** Of an item that is put; 0 is the channel's own. */
  readonly vid: number | undefined;
  readonly channel: string | undefined;
}

type Fault = 'refused' | 'lost' | 'none';

/** Asks `faultOf` about every call. `error` is what the caller gets, by name; a throttled call is one that may be tried again. */
export function breakCalls(
  clients: Required<Clients>,
  faultOf: (call: Call) => Fault,
  error = 'ThrottlingException',
): void {
  const fail = () => {
    throw Object.assign(new Error('made to fail'), { name: error });
  };
  const run = async <T>(
    commandName: string | undefined,
    input: unknown,
    next: () => Promise<T>,
  ): Promise<T> => {
    const fault = faultOf(callOf(commandName, input));
    if (fault === 'refused') fail();
    const answer = await next();
    if (fault === 'lost') fail();
    return answer;
  };
  // The initialize step is outside the SDK's own retries.
  clients.dynamo.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        run(commandName, args.input, () => next(args)),
    { step: 'initialize' },
  );
  clients.sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        run(commandName, args.input, () => next(args)),
    { step: 'initialize' },
  );
}

function callOf(commandName: string | undefined, input: unknown): Call {
  const { Item } = input as { Item?: { channel?: { S?: string }; vid?: { N?: string } } };
  const vid = Item?.vid?.N;
  return {
    name: operationOf(commandName),
    vid: vid === undefined ? undefined : Number(vid),
    channel: Item?.channel?.S,
  };
}
