/** Why a line or branch of `lib/` is in no test that runs in the tests' own process: the first pattern that its file and text match. */

const REASONS: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
  [
    /^(runtime\/system|aws\/clients)\.ts|secretKeys|jwks/,
    'only a process of its own makes the real clock, clients and keys: the built functions in `tests/integration/planted-secrets.test.ts`',
  ],
  [/^http\/problem\.ts/, 'what the router throws by itself; no route of ours makes it'],
  [/^publish\/parse-events\.ts/, 'a guard behind the schema, which refuses it first'],
  [
    /^channels\/channels\.ts: return|^(auth\/keys|runtime\/refresh-ahead)\.ts|^publish\/publish\.ts|^wakeup\/bell\.ts: if/,
    'no test yet: a cursor without a place; keys asked for ahead of time; a block refused for good half-way through a body; looks that overlap',
  ],
  [
    /^(aws\/sqs\/dead-letter-queue|publish\/redrive)\.ts|redrivePorts/,
    '`npm run redrive`, a process of its own: `tests/integration/poison.test.ts` runs it',
  ],
  [
    /^compose\/base\.ts: return \{$/,
    '`npm run redrive`, a process of its own: `tests/integration/poison.test.ts` runs it',
  ],
  [
    /^(telemetry\/(logger|metrics)|publish\/host-sample|http\/lambda)\.ts|ssmClient|secret-parameter|readSecrets|hasStoredMetrics/,
    'the built functions, run in a process of their own: `tests/integration/planted-secrets.test.ts`',
  ],
  [
    /instanceof (Error|PushError|HTTPException)|errors\.\w+\)\) throw|JOSEError/,
    'JavaScript can throw anything; nothing that is called here throws anything else',
  ],
  [
    /throw new Error\(|'done'|=> undefined;$|!open\)/,
    'a guard for what the types cannot exclude and the code around it does',
  ],
  [
    /\?\?|= ''|\? \{ \w+: |Array\.isArray|typeof /,
    'a field that types allow to be missing, and that its source always sends',
  ],
  [/MAX_\w+/, 'a bound on memory, far above what a test holds'],
  [
    /^cursors\/write-behind\.ts: (return this\.#options\.table\.save|const place)|^http\/v1\/event-stream\.ts: (if \(error\.code|const id)/,
    'no test yet: a place saved at once through the late ones, or saved late without a number; a stream that ends with another error than a reset, or that skips numbers without an event after them',
  ],
  [/^poll\/start\.ts: if \(!one\)/, 'a guard for what the types cannot exclude and the code around it does'],
  [
    /^http\/v1\/body\.ts: if \(body\.byteLength/,
    'a guard behind the declared length, beyond which a server lets nothing in',
  ],
  [/REST\.everyBlocks/, 'a rest after 150 blocks without a pause: `npm run bench:hot-channel` gets there'],
  [
    /^wakeup\/in-process-bell\.ts|^compose\/base\.ts|^wakeup\/watch-registry\.ts: if \(block\)|hubPorts|hubs?\b|LINGER|arrivals|isOwn|others|InProcessBell|publish: \{ appender|#ringing/,
    'hubs: put together by fault injection (`tests/faults`) since',
  ],
  [
    /'other-life'|life\.epoch !== view\.epoch/,
    'tables made anew in the middle of one append: the model explores it (`between`)',
  ],
];

/** Undefined where nobody has said. `file` is below lib/. */
export function reasonFor(file: string, text: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(`${file}: ${text}`))?.[1];
}
