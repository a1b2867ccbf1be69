/**
 * What calls functions besides HTTP: SQS queues, and schedules. Functions run as serverless-offline runs them, in this process, and share
 * their modules with it.
 */
import { randomUUID } from 'node:crypto';
import type { ScheduledEvent, SQSEvent } from 'aws-lambda';
import Lambda from 'serverless-offline/lambda';
import { resolveIntrinsics } from '../emulators/intrinsics.ts';
import type { Clients } from '../emulators/resources.ts';
import type { Service } from '../emulators/service.ts';
import type { LocalStack } from '../emulators/stack.ts';
import { pollQueue } from './sqs-poller.ts';

const MINUTE_MS = 60_000;

export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/** Invokes functions of the service through serverless-offline's own runner. */
export function invoker(serverless: unknown, stack: LocalStack, options: object): Invoke {
  const lambda = new Lambda(serverless, options);
  const functions = Object.entries(stack.service.functions);
  lambda.create(functions.map(([functionKey, functionDefinition]) => ({ functionKey, functionDefinition })));
  return (functionName, event) => {
    const idle = lambda.get(functionName);
    idle.setEvent(event);
    return idle.runHandler();
  };
}

/** Starts one pump for each `sqs` event of a function; they run until `signal` aborts. */
export function startSqsPollers(
  stack: LocalStack,
  invoke: Invoke,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): void {
  for (const name of Object.keys(stack.service.functions))
    void sqsPollerOf(stack, name, (batch) => invoke(name, batch), signal, onError);
}

/** The same for one function, by whatever stands for it. Resolves when `signal` has aborted and the batches in hand are settled. */
export function sqsPollerOf(
  stack: Pick<LocalStack, 'service' | 'references'> & { readonly clients: Pick<Clients, 'sqs'> },
  functionName: string,
  invoke: (batch: SQSEvent) => Promise<unknown>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const pollers: Promise<void>[] = [];
  for (const { sqs } of stack.service.functions[functionName]?.events ?? []) {
    if (sqs === undefined) continue;
    const declared = resolveIntrinsics(sqs, stack.references) as string | SqsEvent;
    const event: SqsEvent = typeof declared === 'string' ? { arn: declared } : declared;
    const pumping = pollQueue(
      {
        sqs: stack.clients.sqs,
        queueUrl: urlOf(event.arn, stack),
        queueArn: event.arn,
        region: stack.service.provider.region,
        batchSize: event.batchSize ?? 10,
        partialFailures: event.functionResponseType === 'ReportBatchItemFailures',
        invoke,
        onError,
      },
      signal,
    );
    pollers.push(pumping);
  }
  return Promise.all(pollers).then(() => undefined);
}

/**
 * Invokes each function that has a `rate(N minutes)` schedule every N minutes, until `signal` aborts. Those of every minute are invoked at
 * once too, so that the page does not stand empty for a minute. While a store of the stack is down, as on a full disk, none is invoked: each could
 * only fail, and the store has said why. Throws at another schedule: it would never run.
 */
export function startSchedules(
  stack: { readonly service: Service; readonly emulators: Pick<LocalStack['emulators'], 'isUp'> },
  invoke: Invoke,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): void {
  for (const [name, { events = [] }] of Object.entries(stack.service.functions)) {
    for (const { schedule } of events) {
      if (schedule === undefined) continue;
      const minutes = minutesOf(name, schedule);
      const run = () => {
        const isUp = stack.emulators.isUp?.() ?? true;
        if (isUp) invoke(name, scheduledEvent(name, stack.service.provider.region)).catch(onError);
      };
      const timer = setInterval(run, minutes * MINUTE_MS);
      signal.addEventListener('abort', () => clearInterval(timer));
      if (minutes === 1) run();
    }
  }
}

interface SqsEvent {
  readonly arn: string;
  readonly batchSize?: number;
  readonly functionResponseType?: string;
}

function urlOf(arn: string, stack: Pick<LocalStack, 'references'>): string {
  const queue = Object.values(stack.references).find(({ attributes }) => attributes.Arn === arn);
  if (!queue) throw new Error(`serverless.yml: no queue declared here has the ARN ${arn}`);
  return queue.ref;
}

function minutesOf(name: string, schedule: unknown): number {
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(String(schedule)) ?? [];
  if (minutes === undefined)
    throw new Error(
      `serverless.yml: ${name} has a schedule that is not rate(N minutes), which is all that runs here`,
    );
  return Number(minutes);
}

function scheduledEvent(name: string, region: string): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    // EventBridge gives whole seconds.
    time: new Date().toISOString().replace(/\.\d+/, ''),
    region,
    resources: [`arn:aws:events:${region}:000000000000:rule/${name}`],
    detail: {},
  };
}
