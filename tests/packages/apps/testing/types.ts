/** What the compiler must know of the package, and what it must refuse. Never run. */
import {
  type Faults,
  type Ordered,
  type Read,
  startMemory,
  type TestChannel,
  type TestDoorbell,
} from '@doorbell/testing';
import { uninterrupted, verify } from '@doorbell/testing/check';
import { test, testWithDoorbell } from '@doorbell/testing/vitest';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(yes: Equal<A, B>): boolean => yes;

export const results = [
  same<Awaited<ReturnType<typeof startMemory>>, TestDoorbell>(true),
  same<ReturnType<TestDoorbell['channel']>, TestChannel>(true),
  same<TestDoorbell['faults'], Faults>(true),
  same<ReturnType<Faults['loseAnswer']>, Ordered>(true),
  same<TestChannel['read'], readonly Read[]>(true),
  same<Awaited<ReturnType<typeof verify>>, number>(true),
];

export async function uses(doorbell: TestDoorbell): Promise<number> {
  doorbell.faults.delay(100, { channel: 'doors', of: 'poll', times: 2 });
  // @ts-expect-error: only a server in memory has a clock.
  await doorbell.clock.advance(1);
  // @ts-expect-error: a fault meets polls and publishes.
  doorbell.faults.loseAnswer({ of: 'delete' });
  // @ts-expect-error: a reset meets polls alone.
  doorbell.faults.reset({ of: 'publish' });
  return verify(['--url', doorbell.url], console.log, uninterrupted());
}

test('has a doorbell', ({ doorbell }) => same<typeof doorbell, TestDoorbell>(true));
testWithDoorbell({ origins: ['http://localhost:5173'], settings: { RETENTION_HOURS: '1' } });
// @ts-expect-error: a port is a number.
startMemory({ port: '3000' });
