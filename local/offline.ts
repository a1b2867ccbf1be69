/**
 * serverless-offline without Lambda's own API, which it would serve beside the HTTP API: there anybody can call any function without a
 * token. Here functions are called in this process only. Schedules are run by local/triggers.ts.
 */

import Offline from 'serverless-offline';

export default class OfflineWithoutDoors extends Offline {
  /** Listens when it resolves. The framework calls this at `offline:start:init`. */
  override async start(): Promise<void> {
    const { mergeOptions, getEvents, createLambda, createHttp, getApiGatewayServer } = this.internals();
    mergeOptions();
    const { lambdas, httpApiEvents } = getEvents();
    const unheard = true;
    await createLambda(lambdas, unheard);
    await createHttp(httpApiEvents, unheard);
    await getApiGatewayServer().start();
  }

  /** Where the HTTP API listens, once it does. */
  get port(): number {
    return this.internals().getApiGatewayServer().info.port;
  }
}
