import { expect, test } from 'vitest';
import { markerOf, stackTemplate } from '../../../local/bundle/stack-template.ts';

const [stage, subnets, rate] = ['stage', 'managedSubnets', 'requestsPerSecond'].map(markerOf);
const DEFAULTS = {
  stage: 'dev',
  managedSubnets: '',
  requestsPerSecond: 500,
  tokenQuery: 'false',
  cursorHours: '720',
};

test('each marker becomes a parameter: alone, in a text, and in a text that is made already', () => {
  const template = stackTemplate(
    {
      Conditions: { HasSubnets: { 'Fn::Equals': [subnets, ''] } },
      Resources: {
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: {
            Rate: rate,
            QueueName: `doorbell-${stage}-ingest`,
            Arn: { 'Fn::Sub': `arn:\${AWS::Partition}:doorbell-${stage}` },
            Plain: 'unchanged',
          },
        },
      },
      Outputs: { Prefix: { Value: { 'Fn::Join': ['', ['a-', `${stage}-b`]] } } },
    },
    DEFAULTS,
  );

  expect(template.Conditions).toEqual({ HasSubnets: { 'Fn::Equals': [{ Ref: 'ManagedSubnets' }, ''] } });
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: CloudFormation's.
  expect(template.Resources.Queue?.Properties).toEqual({
    Rate: { Ref: 'RequestsPerSecond' },
    QueueName: { 'Fn::Sub': 'doorbell-${Stage}-ingest' },
    Arn: { 'Fn::Sub': 'arn:${AWS::Partition}:doorbell-${Stage}' },
    Plain: 'unchanged',
  });
  expect(template.Outputs?.Prefix).toEqual({
    Value: { 'Fn::Join': ['', ['a-', { 'Fn::Sub': '${Stage}-b' }]] },
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: CloudFormation's.
  expect(template.Parameters).toMatchObject({
    Stage: { Type: 'String', Default: 'dev' },
    RequestsPerSecond: { Type: 'Number', Default: 500 },
    TokenQuery: { AllowedValues: ['true', 'false'] },
    CursorHours: { Default: '720', AllowedPattern: '[0-9]+' },
  });
});

test('code is looked for where the parameters say, and the bucket of the framework is gone', () => {
  const template = stackTemplate(
    {
      Resources: {
        ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
        PollLambdaFunction: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Code: {
              S3Bucket: { Ref: 'ServerlessDeploymentBucket' },
              S3Key: 'serverless/doorbell/1/poll.zip',
            },
          },
        },
      },
      Outputs: { ServerlessDeploymentBucketName: { Value: { Ref: 'ServerlessDeploymentBucket' } } },
    },
    DEFAULTS,
  );

  expect(Object.keys(template.Resources)).toEqual(['PollLambdaFunction']);
  expect(template.Outputs).toEqual({});
  expect(template.Resources.PollLambdaFunction?.Properties?.Code).toEqual({
    S3Bucket: { Ref: 'CodeBucket' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's.
    S3Key: { 'Fn::Sub': '${CodePrefix}poll.zip' },
  });
});
