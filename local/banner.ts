/** What `npm start` says once everything answers: where the page is, and two lines to paste into a terminal. */

/** The address that a program of this machine can open, of a server that listens on `host`: a name or an address, maybe of every interface. */
export function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** `base` is what `urlOf` answers. The page takes its token from the fragment, which no browser sends to a server. */
export function banner(base: string, token: string): string {
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
