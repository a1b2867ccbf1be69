/** What API Gateway's HTTP API hands to a function (payload format 2.0). */

export function gatewayEvent(
  {
    method,
    path,
    init = {},
  }: { readonly method: string; readonly path: string; readonly init?: RequestInit },
  headers: Readonly<Record<string, string>> = {},
): object {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const { cookie, ...others } = { ...Object.fromEntries(new Headers(init.headers)), ...headers };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: [cookie] }),
    headers: { host: 'api.example', ...others },
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    ...(init.body === undefined ? {} : { body: String(init.body) }),
    isBase64Encoded: false,
  };
}
