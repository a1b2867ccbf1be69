/**
 * The hub as a program: `node dist/hub.mjs`, in a container. With EVENTS_TABLE on AWS, with DATA_FILE on that file; see `hub/settings.ts` for its own
 * variables. The build makes a file of each of the two, so that a hub loads nothing of the other.
 */

const { EVENTS_TABLE, DATA_FILE } = process.env;

if (EVENTS_TABLE) await import('./aws.ts');
else if (DATA_FILE) await import('./file.ts');
else {
  console.error('Set EVENTS_TABLE (a hub on AWS) or DATA_FILE (a hub on one file): docs/operations/hub.md');
  process.exitCode = 1;
}
