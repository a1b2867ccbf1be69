/**
 * Makes a picture of a page smaller: of the thousands of colours that its letters' edges have, at most 256 stay, and every other one becomes the
 * nearest of them. What is left is a PNG with a palette, about half as large (W3C, Portable Network Graphics, third edition).
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** The most that a palette can hold. */
const COLORS = 256;
/** Colours that differ only in the lower half of their three bytes are neighbours. */
const NEIGHBOURHOOD = 0xf0f0f0;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Bit depth 8, without interlacing, as Chromium writes it: colour type 2 (RGB) or 6 (with alpha). */
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

interface Picture {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB, row by row. */
  readonly pixels: Uint32Array;
}

export function withPalette(png: Buffer): Buffer {
  const picture = read(png);
  const palette = mostUsed(picture.pixels);
  const known = new Map(palette.map((color, i) => [color, i]));
  const { width, height, pixels } = picture;
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = pixels[y * width + x] ?? 0;
      const place = known.get(color) ?? nearest(palette, color);
      known.set(color, place);
      rows[y * (width + 1) + 1 + x] = place;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const parts = [
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
  ];
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** Those that are used most; and of each neighbourhood of colours one, so that a small coloured word keeps its colour beside a large ground. */
function mostUsed(pixels: Uint32Array): number[] {
  const uses = new Map<number, number>();
  for (const color of pixels) uses.set(color, (uses.get(color) ?? 0) + 1);
  const sorted = [...uses].sort(([, a], [, b]) => b - a).map(([color]) => color);
  const chosen = new Set(sorted.slice(0, COLORS / 4));
  const seen = new Set<number>();
  for (const color of sorted) {
    const place = color & NEIGHBOURHOOD;
    if (!seen.has(place) && chosen.size < COLORS) chosen.add(color);
    seen.add(place);
  }
  return [...chosen];
}

function nearest(palette: readonly number[], color: number): number {
  const distance = (other: number) =>
    ((other >> 16) - (color >> 16)) ** 2 +
    (((other >> 8) & 255) - ((color >> 8) & 255)) ** 2 +
    ((other & 255) - (color & 255)) ** 2;
  let best = 0;
  for (const [i, other] of palette.entries()) if (distance(other) < distance(palette[best] ?? 0)) best = i;
  return best;
}

function read(png: Buffer): Picture {
  const parts = new Map<string, Buffer[]>();
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    parts.set(type, [...(parts.get(type) ?? []), png.subarray(at + 8, at + 8 + length)]);
    at += length + 12;
  }
  const header = parts.get('IHDR')?.[0] ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9] ?? 0];
  if (header[8] !== 8 || header[12] !== 0 || channels === undefined)
    throw new Error('Not a PNG as Chromium makes it.');
  const bytes = unfilter(
    inflateSync(Buffer.concat(parts.get('IDAT') ?? [])),
    width * channels,
    height,
    channels,
  );
  const at = (i: number) => bytes[i] ?? 0;
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => {
    return (at(i * channels) << 16) | (at(i * channels + 1) << 8) | at(i * channels + 2);
  });
  return { width, height, pixels };
}

/** Section 9: each byte stands as its difference to what one of five filters foresaw. */
function unfilter(raw: Buffer, stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : (out[y * stride + x - channels] ?? 0);
      const up = y === 0 ? 0 : (out[(y - 1) * stride + x] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[(y - 1) * stride + x - channels] ?? 0);
      const foreseen = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + foreseen;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
