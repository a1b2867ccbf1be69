/** Every request that the service takes, as `GET /v1/events`: what tables of tests are held to. */

import { ROUTES } from '../../../lib/http/routes.ts';

export const REQUESTS: readonly string[] = Object.values(ROUTES).flatMap(({ path, methods }) =>
  methods.map((method) => `${method} ${path.replace('{[^]+}', '')}`),
);
