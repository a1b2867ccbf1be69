/** The words that this project once made up for itself, found in the identifiers of source text. */

/** Words of our own, and what the field says instead. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  ancestor: 'legacy page, legacy route',
  bury: 'moveToDlq',
  chance: 'random',
  deadWeight: 'trim-sdk',
  deaf: 'overflowed',
  deferred: 'AfterResponse',
  draft: 'NewEvent',
  drafts: 'new events',
  errand: 'job',
  errands: 'jobs',
  ghost: 'orphaned poll',
  ghosts: 'orphaned polls',
  heldBack: 'BACKLOG',
  holder: 'principal, owner',
  inTurn: 'mutex',
  invited: 'handleExpectContinue',
  lane: 'fast path, queue',
  lanes: 'fast path, queues',
  letGo: 'release',
  letter: 'message',
  letters: 'messages',
  lives: 'incarnations',
  manners: 'response headers',
  passOver: 'skip',
  passedOver: 'skipped',
  patience: 'timeouts',
  pump: 'SQS poller',
  pumps: 'SQS pollers',
  putOff: 'DelayQueue',
  rehearsal: 'warm-up',
  rehearse: 'warm up',
  setBack: 'requeue',
  sleeper: 'sleeping poll',
  sleepers: 'sleeping polls',
  turnstile: 'limitConcurrency',
  unsaved: 'dirty',
  visitor: 'client',
  watcher: 'watch registry',
};

/** Where one of them is the right word, or cannot be changed. */
export const EXCEPTIONS: ReadonlyArray<{
  readonly file: RegExp;
  readonly identifier: RegExp;
  readonly why: string;
}> = [
  { file: /./, identifier: /DeadLetter|deadLetter|DEAD_LETTER/, why: 'dead letter is the word of SQS' },
  { file: /./, identifier: /^MessagesBuried$/, why: 'the name of a metric' },
  { file: /./, identifier: /^frameAncestors$/, why: 'a directive of the content security policy' },
  { file: /./, identifier: /^setBackBy$/, why: 'an attribute of messages that may be in a queue today' },
  { file: /^packages\/testing\//, identifier: /^[Pp]atience$/, why: 'an option of the published kit' },
  { file: /server-time\.ts$/, identifier: /^SET_BACK_MS$/, why: 'a clock is set back there' },
  { file: /hub-process\.test\.ts$/, identifier: /^watcher$/, why: 'what Node calls it' },
  { file: /breakages\.ts$/, identifier: /^lives$/, why: 'a word of a sentence that a pattern looks for' },
  {
    file: /append-plan\.ts$|stream-draft(?:\.test)?\.ts$/,
    identifier: /[Dd]raft$/,
    why: 'what a write of a stream will be',
  },
  {
    file: /^packages\/testing\/|^local\/lambda\/|\/parts\.test\.ts$/,
    identifier: /^chance$/,
    why: 'drawn numbers: `random` makes them',
  },
];

/** Where code is, as patterns from the root. */
export const CODE = '{lib,hub,local,functions,packages,dashboard,bench,docs,tests}/**/*.{ts,tsx,mjs}';
/** These must name the words. */
export const NAMES_THEM = /\/(words\.test|own-words)\.ts$/;

/** What is no code: comments, and texts but for the code in a template. */
const PROSE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(`(?:[^`\\]|\\.)*`)/g;

export function codeOf(source: string): string {
  return source.replace(PROSE, (_, template: string = '') =>
    [...template.matchAll(/\$\{([^{}]*)\}/g)].map(([, code = '']) => ` ${code} `).join(''),
  );
}

/** `moveToDlq` holds move, to, dlq, and moveTo, toDlq: a word of ours may be one or two of them. */
export function wordsOf(identifier: string): readonly string[] {
  const parts = identifier
    .split(/_|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((part) => part.toLowerCase());
  const pairs = parts.slice(1).map((second, i) => {
    const first = parts[i] ?? '';
    return `${first}${second.slice(0, 1).toUpperCase()}${second.slice(1)}`;
  });
  return [...parts, ...pairs];
}

/** The identifiers of a source text, each once. */
export function identifiersOf(source: string): ReadonlySet<string> {
  return new Set(codeOf(source).match(/[A-Za-z_$][\w$]*/g));
}

/** The identifiers of a file's source that hold a word of ours, each with what the field says. */
export function ownWordsOf(file: string, source: string): readonly string[] {
  return [...identifiersOf(source)].flatMap((identifier) => {
    const word = wordsOf(identifier).find((one) => Object.hasOwn(OWN_WORDS, one));
    const isAllowed = EXCEPTIONS.some((one) => one.file.test(file) && one.identifier.test(identifier));
    return word === undefined || isAllowed
      ? []
      : [`${file}: ${identifier} (the field says ${OWN_WORDS[word]})`];
  });
}
