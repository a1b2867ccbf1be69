/** `@doorbell/stack` as it is installed where the command is called: the template, the zips, and which parameters there are. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EXIT, Failure } from './failure.ts';

interface Parameter {
  readonly Type: 'String' | 'Number';
  readonly Default?: string | number;
  readonly AllowedValues?: readonly string[];
  readonly AllowedPattern?: string;
}

export interface StackPackage {
  readonly version: string;
  /** The folder that holds the zips, and the template in it. */
  readonly folder: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Of all zips: 12 hexadecimal digits. Other code lies under another name, so CloudFormation sees that it changed. */
  readonly digest: string;
}

/** The one that `from`, a folder, would import. Throws a `Failure` that says how to install it. */
export function findStackPackage(from: string): StackPackage {
  const manifest = manifestFrom(from);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  const folder = join(dirname(manifest), 'dist');
  const template = join(folder, 'template.json');
  const text = readFileSync(template, 'utf8');
  const { Parameters: parameters } = JSON.parse(text) as {
    readonly Parameters: StackPackage['parameters'];
  };
  return { version, folder, template, parameters, digest: digestOf(folder, codeOf(text)) };
}

/** The zips that the template names. */
function codeOf(template: string): readonly string[] {
  return [
    ...new Set([...template.matchAll(/\$\{CodePrefix\}([a-z]+\.zip)/g)].map(([, name]) => name as string)),
  ].sort();
}

function manifestFrom(from: string): string {
  try {
    return createRequire(join(from, 'package.json')).resolve('@doorbell/stack/package.json');
  } catch (error) {
    throw new Failure(
      EXIT.failed,
      `@doorbell/stack is not installed in ${from}: npm install @doorbell/stack`,
      error,
    );
  }
}

function digestOf(folder: string, zips: readonly string[]): string {
  const hash = createHash('sha256');
  try {
    for (const name of zips) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  } catch (error) {
    throw new Failure(EXIT.failed, '@doorbell/stack is not whole: npm install it again.', error);
  }
  return hash.digest('hex').slice(0, 12);
}

/**
 * What is wrong with a value, in words that name the parameter and what it may be; undefined when CloudFormation would take it. `name` is one of
 * the template's.
 */
export function complaint(name: string, value: string, { parameters }: StackPackage): string | undefined {
  const { Type, AllowedValues, AllowedPattern } = parameters[name] as Parameter;
  if (AllowedValues && !AllowedValues.includes(value))
    return `${name} must be ${AllowedValues.join(' or ')}.`;
  if (Type === 'Number' && !/^-?\d+(\.\d+)?$/.test(value)) return `${name} must be a number.`;
  if (AllowedPattern && !new RegExp(`^(?:${AllowedPattern})$`).test(value))
    return `${name} must fit ${AllowedPattern}.`;
  return undefined;
}
