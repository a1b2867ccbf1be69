/** For the hooks: options that are looked up anew whenever they are used, so that functions and objects may be written in place. */
import type { SubscribeOptions, Token } from './index.ts';
import { type Typed, tellMisfit } from './standard-schema.ts';

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

/** A schema and its `onMisfit` as they were given last. The schema may be written in place: what is asked of it is asked of the newest. */
export function latestTyped<T>(newest: { readonly current: Typed<T> }): Typed<T> {
  return {
    schema: {
      '~standard': {
        version: 1,
        vendor: 'doorbell',
        validate: (value) => {
          const { schema } = newest.current;
          return schema ? schema['~standard'].validate(value) : { value: value as T };
        },
      },
    },
    onMisfit: (event, issues) => tellMisfit(newest.current.onMisfit, event, issues),
  };
}
