/** For the hooks: a token that is a text and takes the place of one that was refused is tried at once. */
import { useEffect, useRef, useState } from 'react';
import type { Status, Token } from './index.ts';

/** How often a token that is a text took the place of one that was refused for good. */
export function useTries(token: Token | string | undefined, status: Status): number {
  const [tries, tryAgain] = useState(0);
  const tried = useRef(token);
  const refused = status.state === 'stopped' && [401, 403].includes(status.error?.status ?? 0);
  useEffect(() => {
    if (!refused) tried.current = token;
    else if (typeof token === 'string' && token !== tried.current) tryAgain((count) => count + 1);
  }, [refused, token]);
  return tries;
}
