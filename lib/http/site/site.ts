/** What needs no token: the dashboard, the browser client, the OpenAPI document, and whether the service is well. */

import type { Health } from '../../channels/health.ts';
import { CONTENT_TYPES } from '../../protocol/doorbell.ts';
import type { Mount } from '../app.ts';
import { pageSecurityHeaders } from '../middleware/response-headers.ts';
import { ROUTES } from '../routes.ts';
import { pagePolicy } from './content-security-policy.ts';

/** Files that the build makes, as text. */
export interface Assets {
  readonly dashboard: string;
  readonly client: string;
  /** What the client loads beside itself when it is needed. */
  readonly more: string;
  /** The OpenAPI document. */
  readonly openapi: string;
}

const SCRIPT = { 'Content-Type': 'text/javascript; charset=utf-8' };

export function siteRoutes(health: Health, assets: Assets): Mount {
  return (app) => {
    const policy = pagePolicy(assets.dashboard);
    app.get(ROUTES.page.path, pageSecurityHeaders, (c) =>
      c.html(assets.dashboard, 200, { 'Content-Security-Policy': policy }),
    );
    app.get(ROUTES.client.path, (c) => c.body(assets.client, 200, SCRIPT));
    app.get(ROUTES.more.path, (c) => c.body(assets.more, 200, SCRIPT));
    app.get(ROUTES.openapi.path, (c) => c.body(assets.openapi, 200, { 'Content-Type': CONTENT_TYPES.json }));
    app.get(ROUTES.health.path, async (c) => {
      await health.check();
      return c.json({ status: 'ok' });
    });
  };
}
