/**
 * serverless-offline without two of its doors. It would serve Lambda's own API beside the HTTP API, where anybody can call any function
 * without a token; and it would answer every web origin as if it had been let in. Here functions are called in this process only, and
 * CORS is what the functions say. Schedules are run by local/serverless/triggers.ts.
 */

import Offline, { type Request, type Toolkit } from 'serverless-offline';

export default class OfflineWithoutDoors extends Offline {
  /** Listens when it resolves. The framework calls this at `offline:start:init`. */
  override async start(): Promise<void> {
    const { mergeOptions, getEvents, createLambda, createHttp, getApiGatewayServer } = this.internals();
    mergeOptions();
    const { lambdas, httpApiEvents } = getEvents();
    const unheard = true;
    await createLambda(lambdas, unheard);
    await createHttp(httpApiEvents, unheard);
    const server = getApiGatewayServer();
    server.ext('onRequest', hideOrigin);
    await server.start();
  }

  /** Where the HTTP API listens, once it does. */
  get port(): number {
    return this.internals().getApiGatewayServer().info.port;
  }
}

/**
 * serverless-offline answers `Access-Control-Allow-Origin` to each request in whose parsed headers it finds an origin. Functions are handed
 * the raw ones.
 */
function hideOrigin(request: Request, { continue: goOn }: Toolkit): symbol {
  delete request.headers.origin;
  return goOn;
}
