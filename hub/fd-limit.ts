/** How many files, connections among them, the system lets this process have open. */

/** For the log, the emulators, the calls to AWS and whoever runs the hub. */
const SPARE = 100;

/** Infinity where there is no limit, or where the system does not tell. */
export function openFiles(): number {
  // Otherwise it would look up the names of all addresses. Not among the types of Node yet.
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { readonly userLimits?: { readonly open_files?: Limit } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}

interface Limit {
  readonly soft: number | string;
}

/** As many connections as were asked for, or fewer, so that some of `files` are left for all else. At least one. */
export function connectionsWithin(asked: number, files: number): number {
  return Math.max(1, Math.min(asked, files - SPARE));
}
