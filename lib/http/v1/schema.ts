/** GET …/schema: what the data of a channel's events must be, for producers that want to know before they publish. */

import { requireSome } from '../../auth/key-grants.ts';
import { PushError } from '../../errors.ts';
import { CONTENT_TYPES } from '../../protocol/doorbell.ts';
import type { PublishPorts } from '../../publish/publish.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { channelParam } from './checks.ts';
import { noQuery } from './params.ts';

export function schemaRoutes({ schemas }: Pick<PublishPorts, 'schemas'>): Mount {
  return (app) => {
    app.get(ROUTES.schema.path, (c) => {
      noQuery(c.var.query);
      const channel = channelParam(c.req.param('channel'));
      requireSome(c.var.caller, channel);
      const schema = schemas?.textOf(channel);
      if (schema === undefined)
        throw new PushError('not-found', `Channel ${channel} has no schema.`, { field: 'channel' });
      return c.body(schema, 200, { 'Content-Type': CONTENT_TYPES.schema });
    });
  };
}
