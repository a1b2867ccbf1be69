/** The server under test, as its clients see it. */

const { CONFORMANCE_URL = '', CONFORMANCE_TOKEN: token = '' } = process.env;

export const server = CONFORMANCE_URL;
export const headers = token === '' ? {} : { Authorization: `Bearer ${token}` };

/** The address of a stream that is not there yet. */
export const fresh = (name) => `${server}/v1/stream/clients/${name}-${crypto.randomUUID()}`;
