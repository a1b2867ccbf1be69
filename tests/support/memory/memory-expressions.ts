/**
 * DynamoDB's expressions, as far as `lib/aws` writes them: terms joined by AND, those by OR, and updates of plain SETs and
 * REMOVEs. Anything else throws, so that a new kind of expression is noticed here and not taken for true.
 */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export interface Names {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

type Term = (item: Item | undefined, values: Item) => boolean;

/** Parsed once: the same few expressions come again and again. */
const parsed = new Map<string, ReadonlyArray<readonly Term[]>>();

/** True when the item, or its absence, fulfils the condition. */
export function holds(expression: string | undefined, item: Item | undefined, names: Names): boolean {
  if (expression === undefined) return true;
  const values = names.ExpressionAttributeValues ?? {};
  const whole = named(expression, names);
  const either = parsed.get(whole) ?? whole.split(' OR ').map(termsOf);
  parsed.set(whole, either);
  return either.some((terms) => terms.every((term) => term(item, values)));
}

/** The item as the update leaves it. */
export function updated(item: Item, expression: string, names: Names): Item {
  const match = /^(?:SET (.+?))?(?:(?:^| )REMOVE (.+))?$/.exec(named(expression, names));
  if (!match || expression === '') throw new Error(`not an update that Doorbell makes: ${expression}`);
  const after = { ...item };
  for (const assignment of match[1]?.split(', ') ?? []) {
    const [name = '', placeholder = ''] = assignment.split(' = ');
    const value = placeholder.startsWith(':')
      ? givenFor(names.ExpressionAttributeValues ?? {}, placeholder)
      : item[placeholder];
    if (value) after[name] = value;
  }
  for (const name of match[2]?.split(', ') ?? []) delete after[name];
  return after;
}

/** Orders two attribute values of one type: numbers by size, strings by their UTF-16 units (ASCII here). */
export function compare(a: AttributeValue, b: AttributeValue): number {
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N);
  if (a.S !== undefined && b.S !== undefined) return a.S < b.S ? -1 : a.S > b.S ? 1 : 0;
  throw new Error('values of two types are not compared');
}

function termsOf(expression: string): readonly Term[] {
  const between = /^(.+) AND (\w+) BETWEEN (:\w+) AND (:\w+)$/.exec(expression);
  if (between) {
    const [, first = '', name, low, high] = between;
    return [first, `${name} >= ${low}`, `${name} <= ${high}`].map(termOf);
  }
  return expression.split(' AND ').map(termOf);
}

function termOf(text: string): Term {
  const exists = /^attribute_(not_)?exists\((\w+)\)$/.exec(text);
  if (exists) {
    const [, not, name = ''] = exists;
    return (item) => (item?.[name] === undefined) === (not !== undefined);
  }
  const [, name = '', operator = '', placeholder = ''] = /^(\w+) (=|<>|<=|>=|<|>) (:\w+)$/.exec(text) ?? [];
  if (name === '') throw new Error(`not a condition that Doorbell sets: ${text}`);
  return (item, values) => {
    const have = item?.[name];
    // An attribute that is not there fulfils no comparison but "is not".
    if (have === undefined) return operator === '<>';
    return compares(operator, compare(have, givenFor(values, placeholder)));
  };
}

function compares(operator: string, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '<>':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function givenFor(values: Item, placeholder: string): AttributeValue {
  const value = values[placeholder];
  if (!value) throw new Error(`${placeholder} has no value`);
  return value;
}

function named(expression: string, { ExpressionAttributeNames: names }: Names): string {
  if (!names) return expression;
  return expression.replace(/#\w+/g, (name) => names[name] ?? name);
}
