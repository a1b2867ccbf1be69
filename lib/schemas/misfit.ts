/** What is wrong with data that do not fit a schema, for people: where, and what is wanted there. It repeats names of the data, and never a value. Pure. */

import type { Misfit } from '../publish/ports.ts';

/** What the validator says of one thing that is wrong; only what is needed of it. */
export interface Finding {
  readonly keyword: string;
  /** JSON pointer into the data. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
  /** What the schema says at that keyword. */
  readonly schema?: unknown;
}

/** Characters: an answer, and a reason in a queue, have limits too. */
const MAX_POINTER = 256;
const MAX_LIST = 200;

/** The one that helps most. The list has at least one, and an outer one comes after those that it is about. */
export function misfitOf(findings: readonly Finding[]): Misfit {
  const one = best(findings);
  const missing = one && member(one);
  const path = one?.instancePath ?? '';
  const pointer = missing === undefined ? path : `${path}/${escaped(missing)}`;
  return { pointer: cut(pointer, MAX_POINTER), wanted: one ? wantedBy(one) : 'is not as it must be' };
}

/** Of alternatives: the one thing that is wrong beside those that only say that it is another alternative. Otherwise the outermost. */
function best(findings: readonly Finding[]): Finding | undefined {
  const about = findings.filter(({ keyword }) => keyword !== 'if');
  const last = about.at(-1);
  if (last?.keyword !== 'anyOf' && last?.keyword !== 'oneOf') return last;
  const within = about.filter(
    ({ keyword, instancePath }) =>
      instancePath.length > last.instancePath.length && keyword !== 'const' && keyword !== 'enum',
  );
  const [inner] = within;
  return inner && within.length === 1 ? inner : last;
}

/** The name of a member that is missing, or should not be there. */
function member({ params }: Finding): string | undefined {
  for (const name of ['missingProperty', 'additionalProperty', 'unevaluatedProperty', 'propertyName'])
    if (typeof params[name] === 'string') return params[name];
  return undefined;
}

function wantedBy({ keyword, params, message, schema }: Finding): string {
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'dependentRequired':
      return `is missing, beside ${cut(String(params.property), MAX_LIST)}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'false schema':
      return 'must not be there';
    case 'propertyNames':
      return 'is not a name that may stand there';
    case 'enum':
      return `must be one of ${cut(JSON.stringify(schema), MAX_LIST)}`;
    case 'const':
      return `must be ${cut(JSON.stringify(schema), MAX_LIST)}`;
    case 'uniqueItems':
      return 'must not hold the same item twice';
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(params.passingSchemas)
        ? 'must be one of the alternatives that the schema gives, and is several'
        : 'must be one of the alternatives that the schema gives, and is none';
    default:
      return cut(message ?? 'is not as it must be', MAX_LIST);
  }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
