/** Direct waits of a deploy, as the packaged template has them: what API Gateway receives from, who says so, and what its role may do. */

import { beforeAll, expect, test } from 'vitest';
import { TICKET_MS } from '../../lib/poll/direct-wait.ts';
import { packaged } from '../support/repo/packaged.ts';
import { arn, resourcesOf, type Template } from '../support/repo/template.ts';
import { grantsIn, type Policy } from '../support/stack/simulator.ts';

const PARTS = [
  'WaitRoute',
  'WaitIntegration',
  'WaitAuthorizer',
  'WaitAuthorizerPermission',
  'WaitRole',
  'TicketRole',
  'TicketLambdaFunction',
  'TicketLogGroup',
];

let template: Template;
beforeAll(async () => {
  ({ template } = await packaged());
}, 120_000);

const properties = (id: string) => template.Resources[id]?.Properties ?? {};

test('direct waits are there only where they are asked for', () => {
  for (const id of PARTS) expect(template.Resources[id]?.Condition, id).toBe('HasDirectWait');
});

test("the gateway receives by itself, and nothing that it asks SQS for is the client's", () => {
  expect(properties('WaitRoute')).toMatchObject({ RouteKey: 'GET /v1/wait', AuthorizationType: 'CUSTOM' });
  expect(properties('WaitIntegration')).toMatchObject({
    IntegrationType: 'AWS_PROXY',
    IntegrationSubtype: 'SQS-ReceiveMessage',
    RequestParameters: {
      QueueUrl: '$context.authorizer.mailbox',
      WaitTimeSeconds: '$context.authorizer.seconds',
      MaxNumberOfMessages: '10',
    },
  });
  expect(JSON.stringify(properties('WaitIntegration'))).not.toContain('$request');
});

test('the gateway asks for each ticket, and keeps what it is told no longer than a ticket lasts', () => {
  expect(properties('WaitAuthorizer')).toMatchObject({
    AuthorizerType: 'REQUEST',
    AuthorizerPayloadFormatVersion: '2.0',
    EnableSimpleResponses: true,
    IdentitySource: ['$request.querystring.ticket'],
    AuthorizerResultTtlInSeconds: TICKET_MS / 1_000,
  });
});

test("the gateway's role may receive from readers' mailboxes and do nothing else", () => {
  const role = resourcesOf(template, /^AWS::IAM::/).WaitRole?.Properties ?? {};
  const policies = (role.Policies as ReadonlyArray<{ readonly PolicyDocument: Policy }>).map(
    ({ PolicyDocument }) => PolicyDocument,
  );

  expect(grantsIn(policies).map(({ action, resource }) => [action, resource])).toEqual([
    ['sqs:ReceiveMessage', arn('sqs', 'doorbell-dev-mailbox-direct-*')],
  ]);
  expect((role.AssumeRolePolicyDocument as Policy).Statement).toEqual([
    { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ]);
});
