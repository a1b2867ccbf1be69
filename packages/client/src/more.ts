/**
 * What client.js loads when it is needed, as one file beside it: ways to wait that are offered, and iterations. It would not fit into its 4 KB. Without the file
 * polls go their usual way, and an iteration throws.
 */
export { iterate } from './async-iterator.ts';
export { choose } from './ways.ts';
