/** The page's content security policy: it may run the script and the style that the build put into it, and nothing else. */

import { createHash } from 'node:crypto';

/**
 * The policy for a page with inline scripts and styles, each allowed by its hash (CSP level 3, 6.7.2.3), so that no text of an event can
 * become code. It may talk to its own origin only.
 */
export function pagePolicy(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(html, /<script\b[^>]*>(.*?)<\/script>/gs)}`,
    `style-src ${hashes(html, /<style\b[^>]*>(.*?)<\/style>/gs)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

function hashes(html: string, element: RegExp): string {
  const found = [...html.matchAll(element)].map(([, text = '']) => {
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  });
  return found.length > 0 ? found.join(' ') : "'none'";
}
