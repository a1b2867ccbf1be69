/**
 * Makes of a packaged template one that anybody can deploy with CloudFormation alone. It was packaged with a marker for each parameter's value; here
 * each marker becomes a parameter of CloudFormation.
 */

import type { Resource, Template } from '../serverless/template.ts';

/** Where the code of the functions lies. */
const CODE = {
  CodeBucket: {
    Type: 'String',
    Description: 'The bucket that holds the zips of this package, in the region of the stack.',
    AllowedPattern: '[a-z0-9.-]{3,63}',
  },
  CodePrefix: {
    Type: 'String',
    Default: '',
    Description: 'What stands before the names of the zips in the bucket, with a slash at its end.',
    AllowedPattern: '([^/].*/)?',
  },
};

/** The framework's own: the bucket of its deploys. */
const FRAMEWORKS = /^ServerlessDeploymentBucket/;

const MARKER = /zz([A-Za-z]+)zz/g;

/** In the name of a table or queue too, where capitals may not stand. */
export const markerOf = (name: string) => `zz${name}zz`;

const parameterOf = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

export interface StackTemplate extends Template {
  readonly Parameters: Readonly<Record<string, object>>;
  readonly Rules: Readonly<Record<string, object>>;
}

/** `defaults` are those of serverless.yml, by the name that the marker has. */
export function stackTemplate(
  packaged: Template,
  defaults: Readonly<Record<string, unknown>>,
): StackTemplate {
  const kept = <T>(parts: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(parts).filter(([id]) => !FRAMEWORKS.test(id)));
  const Resources = Object.fromEntries(
    Object.entries(kept(packaged.Resources)).map(([id, resource]) => [id, withCode(resource)]),
  );
  const whole = { ...packaged, Resources, Outputs: kept(packaged.Outputs) };
  const parameters = Object.entries(defaults).map(([name, value]) => [parameterOf(name), declared(value)]);
  return {
    ...(unmarked(whole) as Template),
    Parameters: { ...Object.fromEntries(parameters), ...CODE },
    Rules: RULES,
  };
}

/** The name that an older template of this stage had for a function's zip holds the time at which it was packaged. */
function withCode(resource: Resource): Resource {
  const code = resource.Properties?.Code as { readonly S3Key?: string } | undefined;
  if (resource.Type !== 'AWS::Lambda::Function' || code?.S3Key === undefined) return resource;
  const file = code.S3Key.split('/').at(-1);
  const Code = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { 'Fn::Sub': `\${CodePrefix}${file}` } };
  return { ...resource, Properties: { ...resource.Properties, Code } };
}

/** A number stays one; of two words either is allowed; what is empty by default may be left out. */
function declared(value: unknown): object {
  if (typeof value === 'number') return { Type: 'Number', Default: value };
  const Default = String(value);
  if (Default === 'true' || Default === 'false')
    return { Type: 'String', Default, AllowedValues: ['true', 'false'] };
  if (/^\d+$/.test(Default)) return { Type: 'String', Default, AllowedPattern: '[0-9]+' };
  return { Type: 'String', Default };
}

function unmarked(value: unknown, inSub = false): unknown {
  if (typeof value === 'string') return inSub ? value.replaceAll(MARKER, reference) : textOf(value);
  if (Array.isArray(value)) return value.map((one, index) => unmarked(one, inSub && index === 0));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, unmarked(one, name === 'Fn::Sub')]),
  );
}

function textOf(text: string): unknown {
  const alone = /^zz([A-Za-z]+)zz$/.exec(text)?.[1];
  if (alone !== undefined) return { Ref: parameterOf(alone) };
  const sub = text.replaceAll(MARKER, reference);
  return sub === text ? text : { 'Fn::Sub': sub };
}

const reference = (_: string, name: string) => `\${${parameterOf(name)}}`;

const isGiven = (parameter: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: parameter }, ''] }] });
const all = (...conditions: readonly object[]) => ({ 'Fn::And': conditions });
const together = (a: string, b: string) => ({
  'Fn::Or': [all(isGiven(a), isGiven(b)), { 'Fn::Not': [{ 'Fn::Or': [isGiven(a), isGiven(b)] }] }],
});

/** What local/serverless/check-tokens.ts and check-limits.ts refuse before a deploy of the framework. */
const RULES = {
  TokensAreChecked: {
    Assertions: [
      {
        Assert: { 'Fn::Or': [isGiven('SecretParameter'), isGiven('JwksUrl')] },
        AssertDescription:
          'Give SecretParameter, or JwksUrl with Issuer and Audience: nobody is let in unchecked.',
      },
      {
        Assert: {
          'Fn::Or': [{ 'Fn::Not': [isGiven('JwksUrl')] }, all(isGiven('Issuer'), isGiven('Audience'))],
        },
        AssertDescription: 'JwksUrl needs Issuer and Audience.',
      },
    ],
  },
  TicketsAreSigned: {
    Assertions: [
      {
        Assert: {
          'Fn::Or': [
            { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'DirectWait' }, 'true'] }] },
            isGiven('SecretParameter'),
          ],
        },
        AssertDescription: 'DirectWait signs tickets with what is derived from SecretParameter: give it too.',
      },
    ],
  },
  InstancesAreWhole: {
    Assertions: [
      {
        Assert: together('ManagedSubnets', 'ManagedSecurityGroups'),
        AssertDescription: 'ManagedSubnets and ManagedSecurityGroups belong together: give both, or none.',
      },
    ],
  },
};
