/** How a command ends: its exit code, and what is said on standard error. */

import { CommanderError } from 'commander';
import { DoorbellError } from '../../client/src/errors.ts';
import { plain } from './text.ts';

export const EXIT = {
  done: 0,
  /** The server said no, or a check found something. */
  failed: 1,
  /** The command line cannot be. */
  usage: 2,
  /** No answer came. */
  unreachable: 3,
  /** The token is missing, bad, expired, or does not allow it. */
  refused: 4,
  /** Ctrl-C before the work was done, as shells count it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes: 0 done; 1 the server refused, or something was found; 2 a bad call;
3 no answer from the server; 4 the token is missing, expired or not good for this; 130 interrupted.`;

/** A command that cannot go on. The message is for the person before the terminal, and holds no token. */
export class Failure extends Error {
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Failure';
    this.exit = exit;
  }
}

/** What an error means for the process. Undefined message: commander has said everything already. */
export function endingOf(error: unknown): { readonly exit: ExitCode; readonly message?: string } {
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? EXIT.done : EXIT.usage };
  if (error instanceof Failure) return { exit: error.exit, message: error.message };
  // The client takes what breaks a request off for a lost connection.
  if (error instanceof DoorbellError && error.cause instanceof Failure) return endingOf(error.cause);
  if (error instanceof DoorbellError) return { exit: exitFor(error), message: describe(error) };
  return { exit: EXIT.failed, message: error instanceof Error ? error.message : String(error) };
}

const TOKEN_CODES = ['no-token', 'bad-token', 'expired-token', 'forbidden'];

export function exitFor({ code, status }: DoorbellError): ExitCode {
  if (code === 'bad-request') return EXIT.usage;
  if (TOKEN_CODES.includes(code)) return EXIT.refused;
  return status === undefined && code !== 'handler' ? EXIT.unreachable : EXIT.failed;
}

/** A DoorbellError, or what is left of one: see the client's `Status`. */
type Told = Pick<DoorbellError, 'code' | 'message' | 'status'> & { readonly cause?: unknown };

/** One line: what happened, and what can be done about it. */
export function describe(error: Told): string {
  const { code, message, status } = error;
  const hint = HINTS[code];
  if (code === 'unreachable')
    return `No answer: ${reasonOf(error)}. Is the server there? doorbell doctor says more.`;
  if (code.startsWith('http-'))
    return `The server answered ${status}, and not as Doorbell does. Is the URL right?`;
  return `${plain(message)}${hint === undefined ? '' : ` ${hint}`}`;
}

const HINTS: Readonly<Record<string, string>> = {
  'no-token': 'Set DOORBELL_TOKEN; doorbell token makes one.',
  'expired-token': 'doorbell token makes a new one.',
};

/** What the network said, by its code where there is one: its words may repeat a header. */
export function reasonOf({ cause }: Told): string {
  for (let at: unknown = cause; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return REASONS[at.code] ?? at.code;
  }
  return 'the connection failed';
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  ENOTFOUND: 'the name is not known (ENOTFOUND)',
  EAI_AGAIN: 'names cannot be resolved now (EAI_AGAIN)',
  UND_ERR_SOCKET: 'the connection was cut',
};
