/** The names of this machine that no other machine can have. Imports nothing: server, tools and published packages share it. */

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** Whether `host` is this very machine: a host name as `URL.hostname` gives it, or an address to listen on. Without a port. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
