/** The real table of states, whose every call to DynamoDB the model answers. */

import { StatesTable } from '../../../lib/aws/dynamodb/states-table.ts';
import { type MemoryCall, memoryClients } from '../../support/memory/memory-clients.ts';
import { type DynamoOutput, MemoryDynamo } from '../../support/memory/memory-dynamo.ts';
import { MemorySqs } from '../../support/memory/memory-sqs.ts';
import type { Control } from '../control.ts';
import { type Notes, recorded } from './recorded.ts';

/** The answer to a write whose condition does not hold. */
export const REFUSED = 'refused';

export function statesTable(control: Control, notes: Notes): StatesTable {
  const { clock } = control;
  const commands: Readonly<Record<string, (input: unknown) => Promise<DynamoOutput | typeof REFUSED>>> =
    recorded(control.port('states', 'GetItem', 'Query', 'PutItem', 'UpdateItem'), notes);
  const wire = async ({ name, input }: MemoryCall): Promise<object> => {
    const [command = ''] = name.split(' ');
    const answer = await commands[command]?.(input);
    if (answer === undefined) throw new Error(`a table of states is sent no ${command}`);
    if (answer === REFUSED)
      throw Object.assign(new Error('The conditional request failed'), {
        name: 'ConditionalCheckFailedException',
      });
    return answer;
  };
  // Nothing of it is asked: each call ends in the wire.
  const services = { dynamo: new MemoryDynamo(clock, {}), sqs: new MemorySqs(clock, 0) };
  return new StatesTable({ client: memoryClients(services, wire).dynamo, table: 'states', clock });
}
