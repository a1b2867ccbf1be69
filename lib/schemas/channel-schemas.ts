/**
 * The schemas of a deployment's channels, as its setting has them: `{"doors": {…}, "site.*": {…}}`. The name itself comes before prefixes, a longer prefix before
 * a shorter one, and `*` last. Each is compiled when the first event comes, or all at once when they are checked.
 */

import { LIMITS, STREAM_PATTERN } from '../protocol/doorbell.ts';
import type { ChannelSchemas, Fitting } from '../publish/ports.ts';
import { repeatedName } from '../runtime/json.ts';
import { compileSchema, MAX_DEPTH, schemaChecker, type Validate } from './json-schema.ts';
import { misfitOf } from './misfit.ts';
import { isFields } from './references.ts';

/** Of all schemas together, as JSON. A larger text is refused. */
export const MAX_BYTES = 256 * 1024;
export const MAX_NAMES = 1_000;
/** Steps over references for one request. A step that leads to no fit takes up to a microsecond; a body of the usual size needs a hundredth of this. */
export const MAX_STEPS = 2_000_000;
/** Of one event among them: as many as it may have bytes. What fails is remembered until the event is done with, a kilobyte for each. */
export const MAX_EVENT_STEPS = LIMITS.eventBytes;

const RULE = 'a channel, prefix.*, prefix/* or *';

export interface ReadOptions {
  /** Compiles them all at once, and holds them to the draft's own schema: for a start that is not in a hurry. */
  readonly checksAll?: boolean;
  /** Default `MAX_STEPS`. */
  readonly maxSteps?: number;
}

/** Throws an error whose message is for whoever deploys: it names the channel and the keyword. */
export function readChannelSchemas(
  text: string,
  { checksAll = false, maxSteps = MAX_STEPS }: ReadOptions = {},
): ChannelSchemas & { readonly names: readonly string[] } {
  const given = parse(text);
  const names = Object.keys(given).sort((a, b) => b.length - a.length);
  const checkSchema = checksAll ? schemaChecker() : undefined;
  const compiled = new Map<string, Validate>();
  const compile = (name: string): Validate => {
    const known = compiled.get(name);
    if (known) return known;
    try {
      checkSchema?.(given[name]);
      const validate = compileSchema(given[name]);
      compiled.set(name, validate);
      return validate;
    } catch (error) {
      throw new Error(`CHANNEL_SCHEMAS: ${name}: ${(error as Error).message}`);
    }
  };
  if (checksAll) for (const name of names) compile(name);
  const nameOf = (channel: string) =>
    Object.hasOwn(given, channel) ? channel : names.find((one) => isWithin(channel, one));
  return {
    names,
    textOf(channel) {
      const name = nameOf(channel);
      return name === undefined ? undefined : JSON.stringify(given[name]);
    },
    of(channel) {
      const name = nameOf(channel);
      return name === undefined ? undefined : fittingBy(compile(name), maxSteps);
    },
  };
}

/** As grants do (`covers` of auth/caller.ts). */
function isWithin(channel: string, name: string): boolean {
  if (name === '*') return true;
  if (!/[./]\*$/.test(name)) return false;
  const prefix = name.slice(0, -1);
  return channel.length > prefix.length && channel.startsWith(prefix);
}

function fittingBy(validate: Validate, maxSteps: number): Fitting {
  let left = maxSteps;
  return (data) => {
    const most = Math.min(left, MAX_EVENT_STEPS);
    const budget = { left: most };
    try {
      const findings = validate(data, budget);
      return findings && misfitOf(findings);
    } catch (error) {
      // The budget is used up, or the call stack.
      if (!(error instanceof RangeError)) throw error;
      return { pointer: '', wanted: 'must be simpler: checking it takes too many steps' };
    } finally {
      left -= most - Math.max(0, budget.left);
    }
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES)
    throw new Error(`CHANNEL_SCHEMAS must be at most ${MAX_BYTES} bytes of JSON, got ${bytes}`);
  const given = jsonOf(text);
  if (!isFields(given)) throw new Error('CHANNEL_SCHEMAS must be a JSON object of schemas by channel');
  const twice = repeatedName(text, 4 * MAX_DEPTH);
  if (twice) throw new Error(`CHANNEL_SCHEMAS says a name twice in one object: ${twice.join('/')}`);
  const names = Object.keys(given);
  if (names.length > MAX_NAMES)
    throw new Error(`CHANNEL_SCHEMAS must have at most ${MAX_NAMES} names, got ${names.length}`);
  const bad = names.find((name) => name !== '*' && !STREAM_PATTERN.test(name.replace(/[./]\*$/, '')));
  if (bad !== undefined)
    throw new Error(`CHANNEL_SCHEMAS: each name must be ${RULE}, got ${JSON.stringify(bad)}`);
  return given;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('CHANNEL_SCHEMAS is not JSON');
  }
}
