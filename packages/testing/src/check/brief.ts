/** Event data in brief, so that a long history fits in memory: short JSON as it is, longer JSON as its size and digest. */

import { createHash } from 'node:crypto';

const KEPT_CHARACTERS = 120;

/** Equal for two JSON values exactly when they are equal, whatever the order of their members (but for collisions of SHA-256). */
export function inBrief(data: unknown): string {
  const json = JSON.stringify(sorted(data));
  if (json.length <= KEPT_CHARACTERS) return json;
  const digest = createHash('sha256').update(json).digest('base64url');
  return `${json.slice(0, 40)}… ${json.length} characters, sha256 ${digest}`;
}

/** Stands for the data of an event that deletes its key: all of those are null, and its id tells it from others. */
export function deletionBy(id: string | undefined): string {
  return `deleted by ${id}`;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // Not by assignment: `__proto__` is a member like any other.
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
