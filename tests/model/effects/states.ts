/** The table of states: each command at once and whole, every read strongly consistent, and a query in pages of one item, the smallest that there are. */

import type { DynamoInput, DynamoOutput } from '../../support/memory/memory-dynamo.ts';
import { holds, type Item, updated } from '../../support/memory/memory-expressions.ts';
import { REFUSED } from '../actors/states.ts';
import { broken } from '../properties.ts';
import { foldViolation } from '../state-properties.ts';
import { inOrder, type World } from '../world.ts';
import { type Effects, just, type Outcome } from './effect.ts';

const isAt = (key: Item | undefined) => (item: Item) =>
  item.channel?.S === key?.channel?.S && item.key?.S === key?.key?.S;

/** What stands at the key of an item. */
export function stateAt({ states }: World, key: Item | undefined): Item | undefined {
  return states.find(isAt(key));
}

/** The world with the item in place of whatever stood there, judged. */
export function writtenState(world: World, item: Item): Outcome {
  const others = world.states.filter((one) => !isAt(item)(one));
  const after = { ...world, states: [...others, item].sort(inOrder) };
  const note = `${item.key?.S} ${item.vid?.N ?? item.upTo?.N}${item.vid && !item.id ? ', deleted' : ''}`;
  const wrong = foldViolation(world, after);
  return { world: after, answer: {}, note, violation: wrong ? broken('state', wrong) : undefined };
}

/** The items that a query asks for, ascending by key. */
export function queried({ states }: World, input: DynamoInput): readonly Item[] {
  const { KeyConditionExpression, ExclusiveStartKey: start } = input;
  const found = states.filter((item) => holds(KeyConditionExpression, item, input));
  const left = found.filter((item) => !start || (item.key?.S ?? '') > (start.key?.S ?? ''));
  return left.sort((a, b) => ((a.key?.S ?? '') < (b.key?.S ?? '') ? -1 : 1));
}

export const STATES: Effects = {
  'states.GetItem': (world, _rules, _by, { Key }: DynamoInput) => {
    const item = stateAt(world, Key);
    const found = item?.vid?.N ?? item?.upTo?.N ?? 'none';
    return just(world, { Item: item } satisfies DynamoOutput, `${Key?.key?.S}: ${found}`);
  },
  'states.Query': (world, _rules, _by, input: DynamoInput) => {
    const [item, ...others] = queried(world, input);
    if (!item) return just(world, { Items: [] }, 'none');
    const { channel, key, vid } = item;
    const page: DynamoOutput = { Items: [item] };
    const LastEvaluatedKey = channel && key && others.length > 0 ? { channel, key } : undefined;
    return just(world, { ...page, ...(LastEvaluatedKey ? { LastEvaluatedKey } : {}) }, `${key?.S} ${vid?.N}`);
  },
  'states.PutItem': (world, _rules, _by, input: DynamoInput) => {
    const before = stateAt(world, input.Item);
    if (!input.Item || !holds(input.ConditionExpression, before, input))
      return just(world, REFUSED, `${input.Item?.key?.S} ${input.Item?.vid?.N}: refused`);
    return [writtenState(world, input.Item)];
  },
  'states.UpdateItem': (world, _rules, _by, input: DynamoInput) => {
    const before = stateAt(world, input.Key);
    if (!holds(input.ConditionExpression, before, input)) return just(world, REFUSED, 'refused');
    return [writtenState(world, updated(before ?? { ...input.Key }, input.UpdateExpression ?? '', input))];
  },
};
