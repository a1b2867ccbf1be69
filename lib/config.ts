/**
 * Configuration, read once from the environment that is passed in. What is missing or out of range ends the start with a message that names
 * the variable and the range; serverless.yml sets them all.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 3_600_000;

/** A setting that has no default. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set; serverless.yml gives it to every function that needs it`);
  }
  return value;
}

/** How long events are kept at least. RETENTION_HOURS: 1..87600 (ten years), default 168 (a week). */
export function retentionMs(env: Environment): number {
  return hours(env, 'RETENTION_HOURS', 168) * HOUR_MS;
}

/** How long a client may stay away before its cursor is forgotten. CURSOR_HOURS: 1..87600, default 720 (30 days). */
export function cursorMs(env: Environment): number {
  return hours(env, 'CURSOR_HOURS', 720) * HOUR_MS;
}

function hours(env: Environment, name: string, byDefault: number): number {
  const text = env[name];
  if (text === undefined || text === '') return byDefault;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 87_600) {
    throw new Error(`${name} must be a whole number of hours from 1 to 87600, got ${JSON.stringify(text)}`);
  }
  return value;
}
