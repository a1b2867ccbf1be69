/** GET …/state: the newest event of each key. */

import { readState, type StatePorts } from '../../state/read-state.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { channelParam } from './checks.ts';
import { stateRange } from './params.ts';

export function stateRoutes(ports: StatePorts): Mount {
  return (app) => {
    app.get(ROUTES.state.path, async (c) => {
      const range = stateRange(c.var.query);
      return c.json(await readState(ports, c.var.caller, channelParam(c.req.param('channel')), range));
    });
  };
}
