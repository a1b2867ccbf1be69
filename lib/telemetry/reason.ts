/** What a log may say of an error: its name. A message may quote an event, a token or an address. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
