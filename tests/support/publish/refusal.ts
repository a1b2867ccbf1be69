import { PushError } from '../../../lib/errors.ts';

interface Refusal {
  readonly code: string;
  readonly field: string | undefined;
  readonly message: string;
}

/** Why the call throws a `PushError`; throws when it does not. */
export function refusal(refuse: () => unknown): Refusal {
  try {
    refuse();
  } catch (error) {
    if (error instanceof PushError)
      return { code: error.code, field: error.details.field, message: error.message };
    throw error;
  }
  throw new Error('it was accepted');
}
