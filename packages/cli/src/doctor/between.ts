/** What stands between here and the server, as far as an answer's head tells. Pure. */

import { duration } from '../text.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Tokens are taken this long after their end and before their beginning (lib/auth/verifier.ts). */
const TOLERANCE_MS = 30_000;
/** A `Date` has whole seconds, and the answer was on its way. */
const SURE_MS = 5_000;

/** `now`: when the answer came. */
export function clockFinding(head: Headers, now: number): Finding {
  const date = Date.parse(head.get('date') ?? '');
  if (Number.isNaN(date))
    return warn('the server does not say what time it is', 'Compare clocks by hand: tokens depend on them.');
  const off = now - date;
  const direction = off > 0 ? 'ahead of' : 'behind';
  const what = `this clock is ${duration(Math.abs(off))} ${direction} the server's`;
  if (Math.abs(off) > TOLERANCE_MS)
    return fail(what, 'Set this clock (NTP): tokens made here are refused as not yet good, or as expired.');
  if (Math.abs(off) > SURE_MS) return warn(what, 'Set this clock (NTP): beyond 30 s tokens are refused.');
  return ok('the clocks agree');
}

const PROXY_HEADERS = ['via', 'x-cache', 'cf-ray', 'x-amz-cf-id', 'x-served-by', 'x-varnish', 'age'];

/** Whether something stands between, and whether it leaves answers alone. */
export function betweenFindings(head: Headers): readonly Finding[] {
  const found = PROXY_HEADERS.filter((name) => head.has(name));
  const findings: Finding[] = [];
  if (head.get('cache-control') !== 'no-store')
    findings.push(
      fail(
        "something rewrites Doorbell's Cache-Control: no-store",
        'Let the proxy or CDN pass Cache-Control through, and cache nothing below /v1.',
      ),
    );
  if (Number(head.get('age') ?? 0) > 0 || /hit/i.test(head.get('x-cache') ?? ''))
    findings.push(
      fail(
        'this answer came out of a cache',
        'Turn caching off for this site: events would come late or twice.',
      ),
    );
  if (found.length > 0)
    findings.push(
      warn(
        `there is a proxy or CDN in between (${found.join(', ')})`,
        'Give it a read timeout above 30 s, and turn response buffering and caching off (nginx: proxy_read_timeout 40s; proxy_buffering off;).',
      ),
    );
  return findings.length > 0 ? findings : [ok('no proxy shows itself in between')];
}
