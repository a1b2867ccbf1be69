/** The headers of the Durable Streams protocol, by name. */

export const HEADERS = {
  nextOffset: 'Stream-Next-Offset',
  upToDate: 'Stream-Up-To-Date',
  closed: 'Stream-Closed',
  cursor: 'Stream-Cursor',
  ttl: 'Stream-TTL',
  expiresAt: 'Stream-Expires-At',
  seq: 'Stream-Seq',
  forkedFrom: 'Stream-Forked-From',
  forkOffset: 'Stream-Fork-Offset',
  forkSubOffset: 'Stream-Fork-Sub-Offset',
  dataEncoding: 'Stream-SSE-Data-Encoding',
  producerId: 'Producer-Id',
  producerEpoch: 'Producer-Epoch',
  producerSeq: 'Producer-Seq',
  expectedSeq: 'Producer-Expected-Seq',
  receivedSeq: 'Producer-Received-Seq',
} as const;

/** What pages may send. */
export const STREAM_REQUEST_HEADERS: readonly string[] = [
  'If-None-Match',
  HEADERS.seq,
  HEADERS.ttl,
  HEADERS.expiresAt,
  HEADERS.closed,
  HEADERS.forkedFrom,
  HEADERS.forkOffset,
  HEADERS.forkSubOffset,
  HEADERS.producerId,
  HEADERS.producerEpoch,
  HEADERS.producerSeq,
];

/** What pages may see. */
export const STREAM_RESPONSE_HEADERS: readonly string[] = [
  'ETag',
  'Location',
  HEADERS.nextOffset,
  HEADERS.upToDate,
  HEADERS.closed,
  HEADERS.cursor,
  HEADERS.ttl,
  HEADERS.expiresAt,
  HEADERS.dataEncoding,
  HEADERS.producerEpoch,
  HEADERS.producerSeq,
  HEADERS.expectedSeq,
  HEADERS.receivedSeq,
];
