/**
 * Tidies the CloudFormation template before it is written. The framework has put the parameters in as text, so most conditions are known: what
 * they leave out is left out here, and nobody has to work out what a deploy will make. CloudFormation would come to the same stack.
 */

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties?: Fields;
}

export interface Template {
  readonly Conditions?: Fields;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Fields>>;
}

/** In place of what `Fn::If` leaves out by `AWS::NoValue`. */
const NOTHING = Symbol('AWS::NoValue');

/**
 * The template without the conditions that can be decided from itself, and without what they leave out. One that hangs on a parameter of
 * CloudFormation stays as it is.
 */
export function decideConditions<T extends Template>(template: T): T {
  const { Conditions = {}, Resources, Outputs } = template;
  const decided = new Map<string, boolean>();
  for (const name of Object.keys(Conditions)) {
    const value = decide({ Condition: name }, Conditions);
    if (value !== undefined) decided.set(name, value);
  }
  const resources = made(Resources, decided);
  const lost = new Set(Object.keys(Resources).filter((id) => !(id in resources)));
  const undecided = Object.entries(Conditions).filter(([name]) => !decided.has(name));
  return {
    ...template,
    Conditions: undecided.length > 0 ? Object.fromEntries(undecided) : undefined,
    Resources: Object.fromEntries(
      Object.entries(resources).map(([id, resource]) => [
        id,
        withoutDependsOn(resource, (on) => lost.has(on)),
      ]),
    ),
    ...(Outputs && { Outputs: made(Outputs, decided) }),
  };
}

/** The template without each `DependsOn` that a reference in the same resource makes needless. */
export function withoutNeedlessDependsOn<T extends Template>(template: T): T {
  const Resources = Object.entries(template.Resources).map(([id, resource]) => {
    const named = referencesIn(resource.Properties);
    return [id, withoutDependsOn(resource, (on) => named.has(on))];
  });
  return { ...template, Resources: Object.fromEntries(Resources) };
}

/** True, false, or undefined where it hangs on what is not known yet. */
function decide(condition: Json, all: Fields, depth = 0): boolean | undefined {
  if (depth > 20) throw new Error('serverless.yml: a condition refers to itself');
  const inner = (one: Json) => decide(one, all, depth + 1);
  const [[name, argument] = []] = Object.entries((condition ?? {}) as Fields);
  const list = Array.isArray(argument) ? argument : [];
  switch (name) {
    case 'Condition':
      return inner(all[String(argument)]);
    case 'Fn::Equals':
      return list.every((one) => typeof one !== 'object') ? String(list[0]) === String(list[1]) : undefined;
    case 'Fn::Not': {
      const value = inner(list[0]);
      return value === undefined ? undefined : !value;
    }
    case 'Fn::And':
      return settle(list.map(inner), false);
    case 'Fn::Or':
      return settle(list.map(inner), true);
    default:
      return undefined;
  }
}

/** `ends` as soon as one is that; its opposite when all are; else not known. */
function settle(values: ReadonlyArray<boolean | undefined>, ends: boolean): boolean | undefined {
  if (values.includes(ends)) return ends;
  return values.includes(undefined) ? undefined : !ends;
}

/** Those whose condition holds or is not decided, with every choice in them that is decided made. */
function made<T extends { readonly Condition?: Json }>(
  parts: Readonly<Record<string, T>>,
  decided: ReadonlyMap<string, boolean>,
): Readonly<Record<string, T>> {
  const kept = Object.entries(parts).flatMap(([id, part]): Array<[string, T]> => {
    const holds = decided.get(String(part.Condition));
    if (holds === false) return [];
    const { Condition, ...rest } = part;
    const whole = holds === undefined && Condition !== undefined ? { Condition, ...rest } : rest;
    return [[id, choose(whole, decided) as T]];
  });
  return Object.fromEntries(kept);
}

function choose(value: Json, decided: ReadonlyMap<string, boolean>): Json {
  if (Array.isArray(value)) return value.map((one) => choose(one, decided)).filter((one) => one !== NOTHING);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Fields;
  if (fields.Ref === 'AWS::NoValue') return NOTHING;
  const [name, yes, no] = Array.isArray(fields['Fn::If']) ? fields['Fn::If'] : [];
  const holds = decided.get(String(name));
  if (holds !== undefined) return choose(holds ? yes : no, decided);
  // An undecided choice keeps its AWS::NoValue: CloudFormation leaves it out.
  if (name !== undefined) return { 'Fn::If': [name, keep(yes, decided), keep(no, decided)] };
  const entries = Object.entries(fields).map(([key, one]) => [key, choose(one, decided)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== NOTHING));
}

function keep(value: Json, decided: ReadonlyMap<string, boolean>): Json {
  const chosen = choose(value, decided);
  return chosen === NOTHING ? { Ref: 'AWS::NoValue' } : chosen;
}

function withoutDependsOn<T extends Resource>(resource: T, isLost: (id: string) => boolean): T {
  const { DependsOn, ...rest } = resource;
  if (DependsOn === undefined) return resource;
  const left = [DependsOn].flat().filter((id) => !isLost(id));
  return (left.length > 0 ? { ...rest, DependsOn: left } : rest) as T;
}

/** The ids that `Ref`, `Fn::GetAtt` and `Fn::Sub` name. */
function referencesIn(value: Json, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'Ref') found.add(String(inner));
    if (name === 'Fn::GetAtt') found.add(String(Array.isArray(inner) ? inner[0] : inner).split('.')[0] ?? '');
    if (name === 'Fn::Sub') {
      const text = String(Array.isArray(inner) ? inner[0] : inner);
      for (const [, id = ''] of text.matchAll(/\$\{([^!}.]+)[^}]*\}/g)) found.add(id);
    }
    referencesIn(inner, found);
  }
  return found;
}
