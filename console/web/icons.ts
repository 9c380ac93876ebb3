// The icon as pictures of a fixed size, drawn while the page is built: phones take no drawing for their home screen.
import { crc32, deflateSync } from "node:zlib";

/** The same cross as in public/icon.svg, on its square of 32. */
const SIDE = 32;
const CROSS: readonly (readonly [x: number, y: number, width: number, height: number])[] = [
  [13, 6, 6, 20],
  [6, 13, 20, 6],
];
const GROUND = [0x10, 0x16, 0x1d] as const;
const SIGN = [0xf2, 0xa3, 0x3a] as const;
/** Each pixel is looked at in so many places each way: the corners are smooth. */
const LOOKS = 4;

function insideCorner(x: number, y: number, radius: number): boolean {
  const [dx, dy] = [Math.max(0, radius - x, x - (SIDE - radius)), Math.max(0, radius - y, y - (SIDE - radius))];
  return dx * dx + dy * dy <= radius * radius;
}

/** One pixel: red, green, blue and how much of it is covered. */
function pixel(column: number, row: number, size: number, radius: number, scale: number): number[] {
  let [covered, signed] = [0, 0];
  for (let i = 0; i < LOOKS * LOOKS; i += 1) {
    const x = ((column + ((i % LOOKS) + 0.5) / LOOKS) / size) * SIDE;
    const y = ((row + (Math.floor(i / LOOKS) + 0.5) / LOOKS) / size) * SIDE;
    if (!insideCorner(x, y, radius)) continue;
    covered += 1;
    const [u, v] = [(x - SIDE / 2) / scale + SIDE / 2, (y - SIDE / 2) / scale + SIDE / 2];
    if (CROSS.some(([left, top, width, height]) => u >= left && u <= left + width && v >= top && v <= top + height)) signed += 1;
  }
  const share = covered === 0 ? 0 : signed / covered;
  return [...GROUND.map((ground, i) => Math.round(ground + ((SIGN[i] ?? 0) - ground) * share)), Math.round((255 * covered) / (LOOKS * LOOKS))];
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG. `radius` of the corners on the square of 32; `scale` of the cross, smaller where a phone cuts the edges off. */
export function pngIcon(size: number, radius: number, scale: number): Buffer {
  const rows = Array.from({ length: size }, (_, row) => Buffer.from([0, ...Array.from({ length: size }, (_, column) => pixel(column, row, size, radius, scale)).flat()]));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6], 8); // eight bits, with alpha
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
