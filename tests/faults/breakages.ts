/**
 * Deliberate mistakes, each as if `lib/` had made it: put between a process and its calls, so that nothing in `lib/` is changed. The property must
 * find every one of them; `teeth.test.ts` sees to it.
 */

import type { Act, MemoryCall, Wire } from '../support/memory/memory-clients.ts';
import type { Breakage, World } from './world.ts';

interface Mistake {
  /** What one would read in a report. */
  readonly found: RegExp;
  readonly breakage: Breakage;
  /** It shows in states only. */
  readonly isOfStates?: true;
}

const isBlock = ({ name, input }: MemoryCall) => name === 'PutItem events' && input.Item?.vid?.N !== '0';
const isOwnItem = ({ name, input }: MemoryCall) =>
  (name === 'PutItem events' && input.Item?.vid?.N === '0') || name === 'UpdateItem events';
const isCursor = ({ name, input }: MemoryCall) =>
  name === 'UpdateItem cursors' && input.ExpressionAttributeValues?.[':maxvid'] !== undefined;
/** A key of a state, not how far is folded. */
const isKeyOfState = ({ name, input }: MemoryCall) =>
  name === 'PutItem states' && input.Item?.vid !== undefined;
const isNamed = (name: string) => (call: MemoryCall) => call.name === name;

type Handler = (call: MemoryCall, act: Act, wire: Wire, world: World) => Promise<object>;

/** Calls of one kind are handled otherwise. */
function instead(of: (call: MemoryCall) => boolean, handle: Handler): Breakage {
  return (wire, world) => (call, act) => (of(call) ? handle(call, act, wire, world) : wire(call, act));
}

/** Calls of one kind are sent otherwise. */
function sending(
  of: (call: MemoryCall) => boolean,
  change: (input: MemoryCall['input'], world: World) => object,
) {
  return instead(of, (call, act, wire, world) =>
    wire({ ...call, input: { ...call.input, ...change(call.input, world) } }, act),
  );
}

/** Calls of one kind are said to be done and never are. */
const skipping = (of: (call: MemoryCall) => boolean) => instead(of, async () => ({}));

const SLOW_MS = 20_000;

const never = () => new Promise<never>(() => undefined);

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

export const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a writer does not recognise its own block': {
    found: /is in the log twice/,
    breakage: sending(isBlock, ({ Item }, { random }) => ({ Item: { ...Item, token: { S: random.id() } } })),
  },
  'a block is put over another': {
    found: /is given twice/,
    breakage: sending(isBlock, () => ({ ConditionExpression: undefined })),
  },
  'a put without an answer is taken for done': {
    found: /is acknowledged and not in the log/,
    breakage: instead(isBlock, async (call, act, wire) => {
      try {
        return await wire(call, act);
      } catch (error) {
        if (isTimeout(error)) return {};
        throw error;
      }
    }),
  },
  'a put is acknowledged before it is written': {
    found: /is acknowledged and not in the log|waited/,
    breakage: instead(isBlock, async (call, act, wire, { clock }) => {
      void clock.sleep(500).then(() => wire(call, act).catch(() => undefined));
      return {};
    }),
  },
  'only the first half of a block is written': {
    found: /by half|is acknowledged and not in the log|does not hold one event/,
    breakage: sending(isBlock, ({ Item }) => {
      const entries: unknown[] = JSON.parse(Item?.events?.S ?? '[]');
      const half = entries.slice(0, Math.ceil(entries.length / 2));
      return { Item: { ...Item, events: { S: JSON.stringify(half) } } };
    }),
  },
  'ids are not kept': {
    found: /is in the log twice/,
    breakage: sending(isBlock, ({ Item }, { random }) => {
      const entries: readonly object[] = JSON.parse(Item?.events?.S ?? '[]');
      const anew = entries.map((entry) => ({ ...entry, id: random.id() }));
      return { Item: { ...Item, events: { S: JSON.stringify(anew) } } };
    }),
  },
  'numbers are not reserved': {
    found: /is given twice|two lives|told to reset/,
    breakage: skipping(isOwnItem),
  },
  'the check is not consistent': {
    found: /told to reset|misses what is kept/,
    breakage: sending(isNamed('Query events'), () => ({ ConsistentRead: false })),
  },
  'the look for arms is not consistent': {
    found: /waited/,
    breakage: sending(isNamed('Query waiters'), () => ({ ConsistentRead: false })),
  },
  'the check comes before the arm': {
    found: /waited/,
    breakage: instead(isNamed('PutItem waiters'), async (call, act, wire, { clock }) => {
      void clock.sleep(100).then(() => wire(call, act).catch(() => undefined));
      return {};
    }),
  },
  'no mailbox is rung': {
    found: /waited/,
    breakage: skipping(isNamed('SendMessage')),
  },
  'a process arms only once': {
    found: /waited/,
    breakage: (wire) => {
      let armed = false;
      return async (call, act) => {
        if (call.name !== 'PutItem waiters' || call.input.Item?.channel?.S === '#mailboxes')
          return wire(call, act);
        if (armed) return {};
        armed = true;
        return wire(call, act);
      };
    },
  },
  'a cursor is moved to the sent position, not to the acknowledged one': {
    found: /resumes from/,
    breakage: sending(isCursor, ({ ExpressionAttributeValues: values, Key }, { history }) => {
      const head = String(history.head(Key?.channel?.S ?? ''));
      return { ExpressionAttributeValues: { ...values, ':maxvid': { N: head } } };
    }),
  },
  'an acknowledgement is not saved': {
    found: /resumes from/,
    breakage: skipping(isCursor),
  },
  'a fold says how far it is before it has written': {
    found: /, and not/,
    isOfStates: true,
    breakage: instead(isKeyOfState, async (call, act, wire, { clock }) => {
      void clock.sleep(500).then(() => wire(call, act).catch(() => undefined));
      return {};
    }),
  },
  'an older event of a key is written over a newer one': {
    found: /, and not/,
    isOfStates: true,
    // And a fold is slow, so that another overtakes it.
    breakage: instead(isKeyOfState, async ({ input, ...call }, act, wire, { clock, random }) => {
      await clock.sleep(random.fraction() * SLOW_MS);
      const { ConditionExpression: _, ...rest } = input;
      return wire({ ...call, input: rest }, () => act(rest));
    }),
  },
  'deletions are not folded': {
    found: /, and not/,
    isOfStates: true,
    breakage: skipping((call) => isKeyOfState(call) && call.input.Item?.data === undefined),
  },
  'states are not read consistently': {
    found: /, and not/,
    isOfStates: true,
    breakage: sending(isNamed('Query states'), () => ({ ConsistentRead: false })),
  },
  'what was folded stands for the whole state': {
    found: /, and not/,
    isOfStates: true,
    breakage: (wire) => async (call, act) => {
      const output = await wire(call, act);
      const { Item } = output as { Item?: { upTo?: unknown } };
      return call.name === 'GetItem states' && Item?.upTo
        ? { Item: { ...Item, upTo: { N: '1000000' } } }
        : output;
    },
  },
  'only the first page of a query is read': {
    found: /waited|is in the log twice|does not get what is in the log/,
    breakage: (wire) => async (call, act) => {
      const { LastEvaluatedKey: _, ...output } = (await wire(call, act)) as { LastEvaluatedKey?: object };
      return output;
    },
  },
  'durations are measured with the wall clock': {
    found: /waited|answered empty before its wait|hangs|is in the log twice/,
    breakage: (wire, world) => {
      world.byWallAlone = true;
      return wire;
    },
  },
  'a call without an answer is awaited for ever': {
    found: /hangs|never comes to an end/,
    breakage: (wire) => (call, act) =>
      wire(call, act).catch((error: unknown) => (isTimeout(error) ? never() : Promise.reject(error))),
  },
};
