/** The contract suites of Doorbell's ports, for whoever writes a port of his own. Each is called in a test file of Vitest, with an implementation. */

export type { Cursors } from '../../../../lib/cursors/ports.ts';
export type { ExpectationStore } from '../../../../lib/expectations/ports.ts';
export type { ChannelRecords, Directory, EventLog, StreamStore } from '../../../../lib/log/ports.ts';
export type { Mailboxes, MailboxRegistry, Waiters } from '../../../../lib/wakeup/ports.ts';
export { MemoryDigests } from '../memory/digests.ts';
export { MemoryExpectations } from '../memory/expectations.ts';
export { MemoryMailboxes } from '../memory/queues.ts';
export { MemoryCursors, MemoryLog, MemoryMailboxRegistry, MemoryWaiters } from '../memory/stores.ts';
export { channelRecordsContract } from './channel-records.ts';
export { cursorsContract } from './cursors.ts';
export { directoryContract } from './directory.ts';
export { eventLogContract } from './event-log.ts';
export { expectationsContract } from './expectations.ts';
export { idDigestsContract } from './id-digests.ts';
export type { Implementation, Ports, PromisingStores, Stores } from './implementation.ts';
export { mailboxRegistryContract } from './mailbox-registry.ts';
export { mailboxesContract } from './mailboxes.ts';
export { redactionsContract } from './redactions.ts';
export { streamStoreContract } from './stream-store.ts';
export { waitersContract } from './waiters.ts';
