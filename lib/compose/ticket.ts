/** The function that reads tickets for API Gateway, on AWS. */

import { secretKeys } from '../auth/keys.ts';
import { tokenSettings } from '../auth/settings.ts';
import { ssmClient } from '../aws/clients.ts';
import { MailboxQueues } from '../aws/sqs/mailbox-queues.ts';
import { readSecrets } from '../aws/ssm/secret-parameter.ts';
import { type Environment, required } from '../config.ts';
import type { AuthorizerPorts } from '../http/wait-authorizer.ts';
import { authorizedWait } from '../poll/held-wait.ts';
import { type Clients, sqsOf } from './clients.ts';
import type { Base } from './hub-ports.ts';
import { corsOrigins } from './settings.ts';
import { ticketsOf } from './waits.ts';

/** Throws where no shared secret is configured: it checks no tokens, so an identity provider's keys are of no use to it. */
export function ticketPorts(env: Environment, common: Base, clients: Clients = {}): AuthorizerPorts {
  const { secrets, secretParameter } = tokenSettings(env);
  const load = async () =>
    secretParameter === undefined ? secrets : readSecrets(clients.ssm ?? ssmClient(), secretParameter);
  const isShared = secretParameter !== undefined || secrets.length > 0;
  const keys = isShared ? secretKeys(load, common) : undefined;
  keys?.warm();
  const mailboxes = new MailboxQueues({
    client: sqsOf(clients, common),
    prefix: required(env, 'MAILBOX_PREFIX'),
  });
  const tickets = ticketsOf(keys ? { secrets: keys } : {});
  return { authorized: authorizedWait({ ...common, tickets, mailboxes }), corsOrigins: corsOrigins(env) };
}
