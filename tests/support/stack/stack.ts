/**
 * What the contract and integration suites stand on. DOORBELL_TEST_ON says it, and is read here only: `local` (the embedded emulators, the
 * default), `second` (moto and ElasticMQ) or `aws`. Vitest sets it by `--mode`: see vitest.config.ts.
 */

import { randomBytes } from 'node:crypto';
import { loadService } from '../../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../../local/emulators/stack.ts';
import { secondIsMissing, startSecondEmulators } from '../second/emulators.ts';
import { startAwsStack } from './aws-stack.ts';

/** A stack of serverless.yml, wherever it is: what tests may know of it. */
export type Stack = Omit<LocalStack, 'emulators'>;

export type Ground = 'local' | 'second' | 'aws';

export const GROUND = groundOf(process.env.DOORBELL_TEST_ON);

/** A stack of its own on the ground chosen: nobody else has its tables and queues. */
export async function startStack(ground: Ground = GROUND): Promise<Stack> {
  if (ground === 'local') return startLocalStack();
  if (ground === 'aws') return startAwsStack(process.env);
  // As on AWS, its name keeps it apart from the stacks beside it.
  const service = await loadService({ stage: `second-${randomBytes(4).toString('hex')}` });
  const emulators = await startSecondEmulators();
  const stack = await startLocalStack({ service, emulators });
  // Only mailboxes are young when they are used: what is declared was deployed long ago.
  emulators.beSlow();
  return stack;
}

/** Why the ground chosen cannot be stood on, for suites that then skip; undefined when it can. */
export function missing(): string | undefined {
  return GROUND === 'second' ? secondIsMissing() : undefined;
}

function groundOf(name: string | undefined): Ground {
  if (name === undefined || name === '') return 'local';
  if (name === 'local' || name === 'second' || name === 'aws') return name;
  throw new Error(`DOORBELL_TEST_ON must be local, second or aws, got ${name}`);
}
