/** From a Lambda invocation to the router and back. Nothing runs after the answer, so what was counted is written before it. */

import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import type { App } from './http/app.ts';
import type { InvocationMeter } from './meter.ts';

/** Takes API Gateway's payload format 2.0 (and what else the router's adapter knows). */
export function httpHandler(app: App, { meter }: { readonly meter: InvocationMeter }) {
  const answer = handle(app);
  return async (event: LambdaEvent, context: LambdaContext) => {
    try {
      return await answer(event, context);
    } finally {
      meter.flush();
    }
  };
}
