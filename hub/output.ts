/** What a server says is not what it is for: it goes on when nobody can hear it. */

/** How an output ends: nobody reads the pipe any more; its file is on a full disk. Node would end the process. */
const UNHEARD = new Set(['EPIPE', 'ENOSPC', 'EDQUOT', 'EIO']);

/** From now on what cannot be written to one of the streams is lost, and nothing else. Any other error is thrown as before. */
export function goOnUnheard(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!UNHEARD.has(error.code ?? '')) throw error;
    });
}
