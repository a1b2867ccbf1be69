import { describe, expect, test } from 'vitest';
import { decideConditions, withoutNeedlessDependsOn } from '../../../local/serverless/template.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const equals = (a: unknown, b: unknown) => ({ 'Fn::Equals': [a, b] });

describe('conditions that the template itself decides', () => {
  test('leave out resources and outputs, and what depends on them', () => {
    const template = decideConditions({
      Conditions: { Yes: equals('a', 'a'), No: equals('a', 'b') },
      Resources: {
        Kept: { ...QUEUE, Condition: 'Yes', DependsOn: ['Gone', 'Always'] },
        Gone: { ...QUEUE, Condition: 'No' },
        Always: { ...QUEUE, DependsOn: 'Gone' },
      },
      Outputs: { Shown: { Value: 1 }, Hidden: { Condition: 'No', Value: 2 } },
    });

    expect(JSON.parse(JSON.stringify(template))).toEqual({
      Resources: { Kept: { ...QUEUE, DependsOn: ['Always'] }, Always: QUEUE },
      Outputs: { Shown: { Value: 1 } },
    });
  });

  test('make every choice, one in another and in a list, and leave out what is no value', () => {
    const none = { Ref: 'AWS::NoValue' };
    const { Resources } = decideConditions({
      Conditions: {
        Yes: { 'Fn::Not': [equals('a', '')] },
        No: { 'Fn::And': [{ Condition: 'Yes' }, equals(1, 2)] },
        Some: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
      },
      Resources: {
        One: {
          ...QUEUE,
          Properties: {
            nested: { 'Fn::If': ['Yes', { 'Fn::If': ['No', 1, 2] }, 3] },
            absent: { 'Fn::If': ['No', 1, none] },
            list: [{ 'Fn::If': ['Some', 'in', none] }, { 'Fn::If': ['No', 'out', none] }],
          },
        },
      },
    });

    expect(Resources.One).toEqual({ ...QUEUE, Properties: { nested: 2, list: ['in'] } });
  });

  test('stay where they hang on a parameter of CloudFormation', () => {
    const choice = { 'Fn::If': ['Asked', { 'Fn::If': ['Yes', 1, 2] }, { Ref: 'AWS::NoValue' }] };
    const Conditions = {
      Asked: { 'Fn::Not': [equals({ Ref: 'Subnets' }, '')] },
      Yes: equals('a', 'a'),
      Both: { 'Fn::And': [{ Condition: 'Asked' }, { Condition: 'Yes' }] },
    };

    const template = decideConditions({
      Conditions,
      Resources: { One: { ...QUEUE, Condition: 'Both', Properties: { choice } } },
    });

    expect(template.Conditions).toEqual({ Asked: Conditions.Asked, Both: Conditions.Both });
    expect(template.Resources.One).toEqual({
      ...QUEUE,
      Condition: 'Both',
      Properties: { choice: { 'Fn::If': ['Asked', 1, { Ref: 'AWS::NoValue' }] } },
    });
  });

  test('name no other in a circle', () => {
    const Conditions = { A: { Condition: 'B' }, B: { Condition: 'A' } };

    expect(() => decideConditions({ Conditions, Resources: {} })).toThrow('refers to itself');
  });
});

test('only what no reference says is said by DependsOn', () => {
  const { Resources } = withoutNeedlessDependsOn({
    Resources: {
      One: {
        ...QUEUE,
        DependsOn: ['Attribute', 'Name', 'Text', 'Apart'],
        Properties: {
          a: { 'Fn::GetAtt': ['Attribute', 'Arn'] },
          b: [{ Ref: 'Name' }],
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's.
          c: { 'Fn::Sub': 'arn:${Text.Arn}:${!Apart}' },
        },
      },
      Two: { ...QUEUE, DependsOn: 'One', Properties: { a: { Ref: 'One' } } },
    },
  });

  expect(Resources.One?.DependsOn).toEqual(['Apart']);
  expect(Resources.Two).toEqual({ ...QUEUE, Properties: { a: { Ref: 'One' } } });
});
