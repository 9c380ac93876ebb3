// Coordinates as people paste them: decimals with points or commas, degrees with minutes and seconds, with N/S/E/W
// or с. ш./в. д. on either side, and the links of map pages. No I/O.

export interface Coordinates {
  lat_deg: number;
  lon_deg: number;
}

/** Sign and axis of a hemisphere's mark; latitude is 0, longitude 1. */
const MARKS: readonly (readonly [pattern: string, axis: 0 | 1, sign: 1 | -1])[] = [
  ["с\\.?\\s*ш\\.?|n(?:orth)?", 0, 1],
  ["ю\\.?\\s*ш\\.?|s(?:outh)?", 0, -1],
  ["в\\.?\\s*д\\.?|e(?:ast)?", 1, 1],
  ["з\\.?\\s*д\\.?|w(?:est)?", 1, -1],
];
const ANY_MARK = MARKS.map(([pattern]) => pattern).join("|");
const PART = "\\d+(?:[.,]\\d+)?";
const ANGLE = `([-+−]?${PART})\\s*°?(?:\\s*(${PART})\\s*['′’])?(?:\\s*(${PART})\\s*(?:["″”]|''|′′))?`;
const MARKED = new RegExp(`^(?:(${ANY_MARK})\\s*)?${ANGLE}\\s*(${ANY_MARK})?$`, "iu");

const number = (text: string | undefined): number => (text === undefined ? 0 : Number(text.replace(",", ".").replace("−", "-")));

function markOf(text: string): { axis: 0 | 1; sign: 1 | -1 } | null {
  for (const [pattern, axis, sign] of MARKS) if (new RegExp(`^(?:${pattern})$`, "iu").test(text)) return { axis, sign };
  return null;
}

/** One angle with its minutes, seconds and mark; null when the text is none. */
function angle(text: string): { value: number; axis: 0 | 1 | null; precise: boolean } | null {
  const found = MARKED.exec(text.trim());
  if (!found) return null;
  const [, before, degrees, minutes, seconds, after] = found;
  if (before !== undefined && after !== undefined) return null;
  const mark = before ?? after;
  const where = mark === undefined ? null : markOf(mark);
  if (number(minutes) >= 60 || number(seconds) >= 60) return null;
  const whole = number(degrees);
  const size = Math.abs(whole) + number(minutes) / 60 + number(seconds) / 3600;
  const negative = whole < 0 || Object.is(whole, -0);
  const sign = (negative ? -1 : 1) * (where?.sign ?? 1);
  return { value: sign * size, axis: where?.axis ?? null, precise: where !== null || minutes !== undefined || /[.,]\d/.test(degrees ?? "") };
}

/** Every way to cut a text into two angles, the likeliest first. */
function halves(text: string): [string, string][] {
  const cuts: [string, string][] = [];
  const cut = (at: number, width: number): number => cuts.push([text.slice(0, at), text.slice(at + width)]);
  for (const found of text.matchAll(/;|,\s|\s,|\//gu)) cut(found.index, found[0].length);
  // Behind a mark or a sign of seconds the second angle begins, with or without a comma.
  for (const found of text.matchAll(new RegExp(`(?:${ANY_MARK}|["″”'′°])\\s*,?\\s+`, "giu"))) cut(found.index + found[0].length, 0);
  for (const found of text.matchAll(/\s+/gu)) cut(found.index, found[0].length);
  for (const found of text.matchAll(/,/gu)) cut(found.index, 1);
  return cuts;
}

const N = "(-?\\d{1,3}\\.\\d+)";

/** Where the links of map pages keep a point, the pin before the middle of the view; some name the longitude first. */
const LINKS: readonly (readonly [pattern: RegExp, lonFirst: boolean])[] = [
  [new RegExp(`!3d${N}!4d${N}`), false], // Google, the pin
  [new RegExp(`[?&#]mlat=${N}&mlon=${N}`, "i"), false], // OpenStreetMap, the pin
  [new RegExp(`[?&](?:whatshere\\[point\\]|pt|poi\\[point\\])=${N},${N}`, "i"), true], // Yandex, the pin
  [new RegExp(`[?&](?:q|query|text|daddr|destination|sll)=(?:loc:)?${N},\\s*${N}`, "i"), false],
  [new RegExp(`[?&]rtext=[^&]*~${N},${N}`, "i"), false], // Yandex, the way's end
  [new RegExp(`2gis\\.[a-z]+/(?:[^?#]*/)?geo/(?:\\d+/)?${N},${N}`, "i"), true],
  [new RegExp(`[?&](?:ll|m)=${N},${N}`, "i"), true], // Yandex and 2GIS, the view
  [new RegExp(`#map=\\d+(?:\\.\\d+)?/${N}/${N}`, "i"), false],
  [new RegExp(`/(?:place|search|dir//)/?${N},\\+?${N}`, "i"), false],
  [new RegExp(`(?:@|geo:)${N},${N}`, "i"), false],
];

/** The point that a pasted link names, or null. */
function linked(text: string): Coordinates | null {
  if (!/^\s*(?:https?:|geo:|@|#map)|[?&#]\w+(?:\[\w+\])?=/i.test(text)) return null;
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // a lone % is no escape: as it stands
  }
  for (const [pattern, lonFirst] of LINKS) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const [first, second] = [Number(found[1]), Number(found[2])];
    const [lat_deg, lon_deg] = lonFirst ? [second, first] : [first, second];
    if (Math.abs(lat_deg) <= 90 && Math.abs(lon_deg) <= 180) return { lat_deg, lon_deg };
  }
  return null;
}

/** The pair, latitude first unless the marks say otherwise, or null when the text is no coordinates. */
export function parseCoordinates(text: string): Coordinates | null {
  const link = linked(text);
  if (link) return link;
  const plain = text.trim().replace(/^\(|\)$/g, "");
  if (plain.length > 80 || !/\d/.test(plain)) return null;
  for (const [left, right] of halves(plain)) {
    const a = angle(left.replace(/[,;]\s*$/, ""));
    const b = angle(right.replace(/^[,;]\s*/, ""));
    if (!a || !b || (a.axis !== null && a.axis === b.axis)) continue;
    // A street may be called by a number: "8 16" and "8, 16" are none.
    if (!a.precise || !b.precise) continue;
    const turned = a.axis === 1 || b.axis === 0;
    const lat_deg = turned ? b.value : a.value;
    const lon_deg = turned ? a.value : b.value;
    if (Math.abs(lat_deg) <= 90 && Math.abs(lon_deg) <= 180) return { lat_deg, lon_deg };
  }
  return null;
}

export function coordinatesLabel(lat_deg: number, lon_deg: number): string {
  return `${lat_deg.toFixed(5)}, ${lon_deg.toFixed(5)}`;
}
