/** What `npm start` says once everything answers: where the page is, and two lines to paste into a terminal. */

/** `options` are serverless-offline's: `host` and `httpPort`. The page takes its token from the fragment, which no browser sends to a server. */
export function banner(options: Readonly<Record<string, unknown>>, token: string): string {
  const host = options.host === undefined || options.host === '0.0.0.0' ? 'localhost' : String(options.host);
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${options.httpPort ?? 3000}`;
  const events = `${base}/v1/channels/doors/events`;
  return [
    `  Doorbell  ${base}/#token=${token}`,
    '',
    `  token     TOKEN=${token}`,
    `  publish   curl -X POST ${events} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"data":"hello"}'`,
    `  poll      curl '${events}?maxvid=0' -H "Authorization: Bearer $TOKEN"`,
    '',
    '',
  ].join('\n');
}
