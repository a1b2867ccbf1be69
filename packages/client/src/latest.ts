/** For the hooks: options that are looked up anew whenever they are used, so that functions and objects may be written in place. */
import type { SubscribeOptions, Token } from './index.ts';

type Given = Pick<SubscribeOptions, 'headers' | 'platform' | 'world'> & {
  readonly token?: Token | string | undefined;
};

/** `fixed`, with the token and the headers that were given last. */
export function latest<O extends object>(newest: { readonly current: Given }, fixed: O) {
  const { token, platform, world } = newest.current;
  const latestToken: Token = async (asked) => {
    const { token = '' } = newest.current;
    return typeof token === 'string' ? token : token(asked);
  };
  return {
    ...fixed,
    platform,
    world,
    token: token ? latestToken : undefined,
    get headers() {
      return newest.current.headers;
    },
  };
}
