/**
 * Any validator that speaks Standard Schema, version 1 (https://standardschema.dev), as Valibot, Zod and ArkType do: what this client uses of it, and how data
 * is checked by it. Nothing of a validator is imported.
 */
import type { ChannelEvent } from './subscription.ts';

/** `In` is what goes over the wire, `Out` what it becomes: the same, unless the schema changes it. */
export interface Schema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Out> | Promise<Validated<Out>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

/** The value, or what is wrong with it. */
export type Validated<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  /** The way to the place, from the outside in. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** What goes over the wire. */
export type InputOf<S extends Schema> = NonNullable<S['~standard']['types']>['input'];
/** What handlers and components are given. */
export type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output'];

/** One thing that is wrong with an event's data. */
export interface Issue {
  /** JSON pointer (RFC 6901) into the data; empty for all of it. */
  readonly pointer: string;
  /** In the words of the schema's library. */
  readonly message: string;
}

/** The event, and what is wrong with its data. The next event waits for its promise, and what it throws ends the subscription. */
export type OnMisfit = (event: ChannelEvent, issues: readonly Issue[]) => unknown;

/** How data is checked where it is read. */
export interface Typed<T> {
  /** Checks the `data` of events, and makes of it what the handlers are given: any Standard Schema. */
  readonly schema?: Schema<unknown, T> | undefined;
  /** Is told of each event whose data does not fit; it is passed over then. Default: such an event ends the subscription, with code `handler`. */
  readonly onMisfit?: OnMisfit | undefined;
}

/** What the data becomes; undefined where it does not fit, and that was told. Throws where nobody is told. */
export async function checked<T>(
  { schema, onMisfit }: Typed<T>,
  event: ChannelEvent,
): Promise<{ readonly data: T } | undefined> {
  if (!schema) return { data: event.data as T };
  const outcome = await schema['~standard'].validate(event.data);
  if (!outcome.issues) return { data: outcome.value };
  await tellMisfit(onMisfit, event, issuesOf(outcome.issues));
  return undefined;
}

/** Throws where nobody is to be told. */
export async function tellMisfit(
  onMisfit: OnMisfit | undefined,
  event: ChannelEvent,
  issues: readonly Issue[],
): Promise<void> {
  if (!onMisfit) throw misfit(`Event ${event.vid} of ${event.channel}`, issues);
  await onMisfit(event, issues);
}

/** Says where, and has the rest as its `cause`: the words of a library may hold the data. */
export function misfit(what: string, issues: readonly Issue[]): Error {
  const [first] = issues;
  return new Error(`${what} does not fit its schema${first?.pointer ? ` at ${first.pointer}` : ''}.`, {
    cause: issues,
  });
}

export function issuesOf(issues: readonly SchemaIssue[]): readonly Issue[] {
  return issues.map(({ message, path = [] }) => ({
    message,
    pointer: path.map((step) => `/${escaped(typeof step === 'object' ? step.key : step)}`).join(''),
  }));
}

function escaped(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
