/** What CloudFormation's intrinsics mean locally, and that one which is not known is refused. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's templates
import { expect, test } from 'vitest';
import { resolveIntrinsics } from '../../../local/emulators/intrinsics.ts';

const references = {
  Queue: { ref: 'http://queue', attributes: { Arn: 'arn:queue' } },
  'AWS::Region': { ref: 'eu-west-1', attributes: {} },
};

test.each([
  [{ Ref: 'Queue' }, 'http://queue'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
  [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
  [
    { 'Fn::Sub': '${AWS::Region}/${Queue.Arn}/${Queue}/${!Literal}' },
    'eu-west-1/arn:queue/http://queue/${Literal}',
  ],
  [{ 'Fn::Sub': ['${Own}-${Queue.Arn}', { Own: { Ref: 'AWS::Region' } }] }, 'eu-west-1-arn:queue'],
  [{ 'Fn::Join': [':', ['a', { Ref: 'AWS::Region' }]] }, 'a:eu-west-1'],
])('resolves %j', (value, expected) => {
  expect(resolveIntrinsics(value, references)).toBe(expected);
});

test('resolves at any depth and leaves everything else alone', () => {
  const value = {
    list: [{ Ref: 'Queue' }, 1, null],
    deep: { arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, on: true },
  };

  expect(resolveIntrinsics(value, references)).toEqual({
    list: ['http://queue', 1, null],
    deep: { arn: 'arn:queue', on: true },
  });
});

test.each([
  [{ Ref: 'Nobody' }, /Ref: Nobody/],
  [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, /Queue\.Colour/],
  [{ 'Fn::ImportValue': 'other-stack' }, /Fn::ImportValue/],
])('the template refuses %j and names it', (value, message) => {
  expect(() => resolveIntrinsics(value, references)).toThrow(message);
});
