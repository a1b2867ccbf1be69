/** What a page with nothing to show tells: how something comes here. Pure. */

/**
 * Commands for a terminal, as they can be pasted. `base`: where the service is. A token is named, and never
 * written out.
 */
export function startCommands(
  base: string,
  channel: string,
  hasToken: boolean,
): { readonly demo: string; readonly publish: string } {
  const url = base.replace(/\/+$/, '');
  const token = hasToken ? ['-H "Authorization: Bearer $DOORBELL_TOKEN"'] : [];
  const parts = [
    `curl ${url}/v1/channels/${channel}/events`,
    ...token,
    "-H 'Content-Type: application/json'",
    `-d '{"data": {"hello": "world"}}'`,
  ];
  return {
    demo: `npx doorbell demo doors --url ${url}`,
    publish: parts.join(' \\\n  '),
  };
}
