/**
 * One process at a time. Whoever wants its turn appends a line to a file, and waits for all who stand above it. Each listens on a loopback port,
 * which its line names beside a word of its own; who waits stays connected, and the system ends that connection when a process ends, however it
 * ends. So what a killed process left holds up nobody, whoever has its port by now; nor does one that was stopped (Ctrl-Z) and does not answer,
 * which goes on as if it still had its turn when it is continued. Plain JavaScript, because setup.mjs needs it.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** It is answered from memory over loopback; on a machine that is busy installing, that too may take a while. */
const ANSWER_MS = 5_000;

/**
 * Resolves when it is this process's turn, with how to give it back. `waits` is called once, when somebody else has it.
 * @param {string} file
 * @param {() => void} waits
 */
export async function takeTurn(file, waits) {
  const word = randomUUID();
  const waiting = new Set();
  const server = createServer((socket) => {
    waiting.add(socket.unref().on('error', () => {}));
    socket.write(word);
  }).unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const mine = JSON.stringify({ port, word });
  let told = false;
  const tell = () => {
    if (!told) waits();
    told = true;
  };
  do {
    lineUp(file, mine, server);
    for (const line of linesAbove(mine, file) ?? []) await end(line, tell);
    // Whoever had its turn meanwhile has removed the file, and with it the lines of all who waited: they line up anew.
  } while (!linesAbove(mine, file));
  return () => {
    // Before anybody sees the connection end.
    rmSync(file, { force: true });
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}

/** Throws when the disk is full; then nothing of ours is left. @param {string} file @param {string} mine @param {import('node:net').Server} server */
function lineUp(file, mine, server) {
  try {
    appendFileSync(file, `${mine}\n`);
  } catch (error) {
    server.close();
    // Whoever has lined up in it meanwhile sees that it is gone, and does so anew.
    if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file, { force: true });
    throw error;
  }
}

/** Undefined when the line is not there. @param {string} mine @param {string} file */
function linesAbove(mine, file) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.includes(mine) ? lines.slice(0, lines.indexOf(mine)) : undefined;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/**
 * Resolves when the process of that line has ended or given back its turn: at once, when nobody listens there who knows its word.
 * @param {string} line
 * @param {() => void} waits
 */
async function end(line, waits) {
  const { port, word } = read(line);
  const socket = connect(port, '127.0.0.1').setEncoding('utf8').setTimeout(ANSWER_MS);
  socket.on('error', () => {}).on('timeout', () => socket.destroy());
  socket.on('data', (answer) => {
    if (String(answer) !== word) return socket.destroy();
    socket.setTimeout(0);
    waits();
  });
  await new Promise((resolve) => socket.once('close', resolve));
}

/** Nobody listens on port 0, so a line that says nothing is nobody's. @param {string} line */
function read(line) {
  try {
    const { port, word } = JSON.parse(line);
    return { port: Number.isInteger(port) && port < 65_536 ? port : 0, word: String(word) };
  } catch {
    return { port: 0, word: '' };
  }
}
