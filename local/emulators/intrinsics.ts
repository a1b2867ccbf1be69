/**
 * Resolves the CloudFormation intrinsics that serverless.yml uses against the resources made here: Ref,
 * Fn::GetAtt, Fn::Sub and Fn::Join. Anything else is an error that names it: a guess would give a function
 * a wrong queue or table without a sound.
 */

/** What CloudFormation would answer for one resource: its `Ref`, and its attributes for `Fn::GetAtt`. */
export interface Reference {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** By logical id, with the pseudo parameters (`AWS::Region`, …) beside the resources. */
export type References = Readonly<Record<string, Reference>>;

/** A copy of `value` in which every intrinsic, at any depth, is replaced by what it stands for. */
export function resolveIntrinsics(value: unknown, references: References): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveIntrinsics(item, references));
  if (!isRecord(value)) return value;
  const [key, ...others] = Object.keys(value);
  if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
    return resolveOne(key, value[key], references);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, resolveIntrinsics(inner, references)]),
  );
}

function resolveOne(name: string, argument: unknown, references: References): string {
  switch (name) {
    case 'Ref':
      if (typeof argument === 'string') return refTo(argument, references);
      break;
    case 'Fn::GetAtt': {
      const path = typeof argument === 'string' ? argument.split('.') : argument;
      if (isStrings(path) && path[0] !== undefined) return attributeOf(path[0], path.slice(1), references);
      break;
    }
    case 'Fn::Sub':
      if (typeof argument === 'string') return substitute(argument, {}, references);
      if (Array.isArray(argument) && typeof argument[0] === 'string' && isRecord(argument[1])) {
        return substitute(argument[0], argument[1], references);
      }
      break;
    case 'Fn::Join':
      if (Array.isArray(argument) && typeof argument[0] === 'string' && Array.isArray(argument[1])) {
        return argument[1].map((part) => String(resolveIntrinsics(part, references))).join(argument[0]);
      }
      break;
  }
  throw new Error(`serverless.yml: cannot resolve ${JSON.stringify({ [name]: argument })} locally`);
}

function refTo(id: string, references: References): string {
  const reference = references[id];
  if (!reference) throw new Error(`serverless.yml: "Ref: ${id}" names nothing that is made locally`);
  return reference.ref;
}

function attributeOf(id: string, path: readonly string[], references: References): string {
  const value = references[id]?.attributes[path.join('.')];
  if (value === undefined) {
    throw new Error(
      `serverless.yml: "Fn::GetAtt: ${[id, ...path].join('.')}" names nothing that is made locally`,
    );
  }
  return value;
}

/** `${Name}`, `${Name.Attribute}`, and `${!Literal}`, which stands for the text `${Literal}`. */
function substitute(
  template: string,
  own: Readonly<Record<string, unknown>>,
  references: References,
): string {
  return template.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (name in own) return String(resolveIntrinsics(own[name], references));
    const [id = '', ...path] = name.split('.');
    return path.length === 0 ? refTo(id, references) : attributeOf(id, path, references);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
