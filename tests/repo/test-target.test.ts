/** Nobody's AWS account is touched by tests unless somebody has said so. */

import { expect, test } from 'vitest';
import { awsPrefix } from '../support/stack/aws-stack.ts';

test('the test target aws takes a prefix that was given together with a region', () => {
  expect(awsPrefix({ DOORBELL_TEST_PREFIX: 'ann', AWS_REGION: 'eu-central-1' })).toBe('ann');
});

test.each([undefined, '', 'Ann', '1st', 'a-b', 'a'.repeat(13)])(
  'the test target aws refuses the prefix %s',
  (prefix) => {
    const env = {
      AWS_REGION: 'eu-central-1',
      ...(prefix === undefined ? {} : { DOORBELL_TEST_PREFIX: prefix }),
    };

    expect(() => awsPrefix(env)).toThrow(/DOORBELL_TEST_PREFIX=/);
  },
);

test('the test target aws refuses a prefix without a region', () => {
  expect(() => awsPrefix({ DOORBELL_TEST_PREFIX: 'ann' })).toThrow(/AWS_REGION/);
});
