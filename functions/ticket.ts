/** Lambda: ticket. API Gateway asks it whom a wait is for, once for each ticket; then it receives from that mailbox by itself. */

import { base } from '../lib/compose/base.ts';
import { ticketPorts } from '../lib/compose/ticket.ts';
import { authorizer } from '../lib/http/wait-authorizer.ts';

const common = base(process.env);

export const handler = authorizer(ticketPorts(process.env, common));
