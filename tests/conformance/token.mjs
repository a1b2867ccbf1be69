/** The suite knows no tokens: each of its requests to the server under test gets one here. */
const { CONFORMANCE_URL: server = '', CONFORMANCE_TOKEN: token = '' } = process.env;
const plain = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const request = new Request(
    input,
    init?.body instanceof ReadableStream ? { duplex: 'half', ...init } : init,
  );
  if (token === '' || !request.url.startsWith(server)) return plain(input, init);
  const headers = new Headers(input instanceof Request ? input.headers : undefined);
  for (const [name, value] of new Headers(init?.headers)) headers.set(name, value);
  headers.set('Authorization', `Bearer ${token}`);
  return plain(input, { ...init, headers });
};
