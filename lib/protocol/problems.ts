/** The closed list of what a request can be refused for: PROTOCOL.md, section 5. The server, the OpenAPI document and the client all read this one. */

/** By code, which is what a problem's `type` ends in: its HTTP status, and its title for people. */
export const PROBLEMS = {
  'bad-parameter': { status: 400, title: 'A parameter is not valid' },
  'bad-body': { status: 400, title: 'The body is not valid' },
  'no-token': { status: 401, title: 'A token is needed' },
  'bad-token': { status: 401, title: 'The token is not valid' },
  'expired-token': { status: 401, title: 'The token has expired' },
  forbidden: { status: 403, title: 'Not allowed by the token' },
  fenced: { status: 403, title: 'A newer session of the producer has begun' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  reset: { status: 409, title: 'The channel was renumbered' },
  conflict: { status: 409, title: 'Something else stands there' },
  closed: { status: 409, title: 'The stream is closed' },
  gone: { status: 410, title: 'Not there any more' },
  'too-large': { status: 413, title: 'Too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'Content type not supported' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Try again later' },
} as const;

/** Closed set: a `switch` over it is checked by the compiler. */
export type ProblemCode = keyof typeof PROBLEMS;
