/**
 * How long a test waits for what must come. No measurement: on a machine with other work everything takes many times as long, and a wait that ends
 * too early says nothing. What never comes is told by the name of the test.
 */
export const WAIT_MS = 45_000;
