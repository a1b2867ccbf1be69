/** The text of `data` events. Pure. */

/** One event. A reader takes a space after the colon away, so a line that begins with one gets another. */
export function textOf(data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data:${line.startsWith(' ') ? ' ' : ''}${line}\n`);
  return `event: data\n${lines.join('')}\n`;
}

/** How many bytes at the end are the beginning of a UTF-8 character that has more: 0 to 3. */
export function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return widthOf(byte) > back ? back : 0;
  }
  return 0;
}

function widthOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
