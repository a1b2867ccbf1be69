/** For programs that read their settings from the environment alone: what stands behind their name is refused, and never passed over. */

interface Program {
  /** As one starts it: `npm run hub`. */
  readonly name: string;
  /** What it does, in a sentence, and where its settings are told. */
  readonly help: string;
}

/** Whether it may go on. Otherwise it has said why, and set the exit code: 0 after `--help`, 2 after anything else. */
export function takesNoArguments(
  { name, help }: Program,
  args: readonly string[] = process.argv.slice(2),
): boolean {
  const [first] = args;
  if (first === undefined) return true;
  if (first === '--help' || first === '-h') console.log(`${name}: ${help}`);
  else console.error(`${name} takes no arguments, got ${first}. ${help}`);
  process.exitCode = first === '--help' || first === '-h' ? 0 : 2;
  return false;
}
