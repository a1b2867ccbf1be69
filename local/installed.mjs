/**
 * What of package-lock.json is installed, and what of it a program needs. The root names what the service needs to be built and to run; the workspace
 * `tests` adds what only tests, benchmarks and documents need. Plain JavaScript, because setup.mjs needs it.
 */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Locked
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 * @typedef {Record<string, Locked>} Packages
 */

/** @param {string} file @returns {Packages | undefined} */
export function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether every package is installed in its locked version; one for other platforms may be missing. The packages of this repository, which have no
 * hash, are links that nothing here needs.
 * @param {Packages} locked @param {Packages | undefined} installed
 */
export function isComplete(locked, installed) {
  return Object.entries(locked).every(
    ([path, wanted]) =>
      wanted.integrity === undefined ||
      (installed?.[path] ? installed[path].integrity === wanted.integrity : wanted.optional === true),
  );
}

/**
 * Those that the root needs, found as Node finds them: from the folder of whoever asks up to the root.
 * @param {Packages} locked @returns {Packages}
 */
export function neededByRoot(locked) {
  /** @type {Packages} */
  const needed = {};
  const waiting = [''];
  for (const path of waiting) {
    const one = locked[path] ?? {};
    const more = path === '' ? one.devDependencies : peersOf(one);
    for (const name of Object.keys({ ...one.dependencies, ...one.optionalDependencies, ...more })) {
      const found = find(locked, path, name);
      if (found === undefined || needed[found]) continue;
      needed[found] = locked[found] ?? {};
      waiting.push(found);
    }
  }
  return needed;
}

/** npm installs no peer that is optional. @param {Locked} one @returns {Record<string, string>} */
function peersOf({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.fromEntries(
    Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional),
  );
}

/** @param {Packages} locked @param {string} from @param {string} name @returns {string | undefined} */
function find(locked, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (locked[path]) return path;
    if (folder === '') return undefined;
  }
}
