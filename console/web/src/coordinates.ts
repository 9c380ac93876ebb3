// Coordinates as people paste and read them out: decimals with points or commas, degrees with minutes and seconds, with
// N/S/E/W, с. ш./в. д. or "широта" on either side, in a sentence or in the link of a map. No I/O.
import { linkedPoint } from "./maplinks";
import type { Coordinates } from "./plainviews";

/** West, south, east, north: where a pair lies that says of neither number which it is. */
export type Bounds = readonly [number, number, number, number];

type Axis = "lat" | "lon";
type Token =
  | { is: "number"; text: string; sign: 1 | -1; signed: boolean }
  | { is: "unit"; order: 0 | 1 | 2 }
  | { is: "mark"; axis: Axis; sign: 1 | -1; named: boolean }
  | { is: "cut" }
  | { is: "word" };

/** What a piece of text is; the first that fits counts. A letter is a mark only beside no other letter. */
const LETTER_AFTER = "(?![\\p{L}])";
const TOKENS: readonly (readonly [pattern: string, token: (text: string) => Token | null])[] = [
  ["\\s+", () => null],
  ["[-+]?\\d+(?:\\.\\d+)?", (text) => ({ is: "number", text: text.replace(/^[-+]/, ""), sign: text.startsWith("-") ? -1 : 1, signed: /^[-+]/.test(text) })],
  ["°|(?:град(?:ус(?:ов|а)?)?|deg(?:rees?)?)\\.?" + LETTER_AFTER, () => ({ is: "unit", order: 0 })],
  ['"|\'\'|(?:сек(?:унды?)?|sec(?:onds?)?)\\.?' + LETTER_AFTER, () => ({ is: "unit", order: 2 })],
  ["'|(?:мин(?:ута|уты|ут)?|min(?:utes?)?)\\.?" + LETTER_AFTER, () => ({ is: "unit", order: 1 })],
  ["(?:lat(?:itude)?|широта|шир)\\.?" + LETTER_AFTER, () => ({ is: "mark", axis: "lat", sign: 1, named: true })],
  ["(?:lon(?:g(?:itude)?)?|lng|долгота|долг)\\.?" + LETTER_AFTER, () => ({ is: "mark", axis: "lon", sign: 1, named: true })],
  ["(?:с\\.?\\s*ш\\.?|с(?:еверн\\p{L}+)?(?:\\s+широт\\p{L}+)?|n(?:orth)?)" + LETTER_AFTER, () => ({ is: "mark", axis: "lat", sign: 1, named: false })],
  ["(?:ю\\.?\\s*ш\\.?|ю(?:жн\\p{L}+)?(?:\\s+широт\\p{L}+)?|s(?:outh)?)" + LETTER_AFTER, () => ({ is: "mark", axis: "lat", sign: -1, named: false })],
  ["(?:в\\.?\\s*д\\.?|в(?:осточн\\p{L}+)?(?:\\s+долгот\\p{L}+)?|e(?:ast)?)" + LETTER_AFTER, () => ({ is: "mark", axis: "lon", sign: 1, named: false })],
  ["(?:з\\.?\\s*д\\.?|з(?:ападн\\p{L}+)?(?:\\s+долгот\\p{L}+)?|w(?:est)?)" + LETTER_AFTER, () => ({ is: "mark", axis: "lon", sign: -1, named: false })],
  ["[,;/|]|-(?=\\s)", () => ({ is: "cut" })],
  ["[=:.]", () => null],
  ["\\p{L}[\\p{L}\\d]*|.", () => ({ is: "word" })],
];
const ANY = new RegExp(TOKENS.map(([pattern]) => `(${pattern})`).join("|"), "giu");

/** One writing of signs, of quotes around the whole, and of what stands between degrees and minutes. */
function plainly(text: string): string {
  const signs = text
    .replace(/[º˚∘]/gu, "°")
    .replace(/[′’‘ʹ`´]/gu, "'")
    .replace(/[″”“ʺ]/gu, '"')
    .replace(/[−–—]/gu, "-")
    .replace(/[\s\u00a0\u2009\u202f]+/gu, " ")
    .replace(/[«»(){}[\]<>]/gu, " ")
    .trim()
    .replace(/^"([^"]*)"$/u, "$1")
    // The quotes of JSON, not of seconds.
    .replace(/"(?=\s*[\p{L}:])|(?<=[\p{L}:,]\s?)"/gu, (quote, at: number, all: string) => (/\d\s?$/.test(all.slice(0, at)) ? quote : " "));
  const stars = signs.replace(/(\d)\s*\*\s*(?=\d)/gu, "$1°");
  const letters = stars.replace(/(\d+)d\s*(\d+)m\s*([\d.]+)s(?![a-z])/giu, "$1°$2'$3\"");
  // 55:45:20.9 and 55-45-20.9
  const timed = letters.replace(/(?<![\d.])(\d{1,3})([:-])(\d{1,2})\2(\d{1,2}(?:[.,]\d+)?)(?![\d:-])/gu, "$1°$3'$4\"");
  // A comma between digits is a point, unless points stand there already.
  return /\d\.\d/.test(timed) ? timed : timed.replace(/(\d+),(\d+)/gu, "$1.$2");
}

function tokens(text: string): Token[] {
  return [...text.matchAll(ANY)].flatMap((found) => {
    const which = found.slice(1).findIndex((each) => each !== undefined);
    const token = TOKENS[which]?.[1](found[0]);
    return token ? [token] : [];
  });
}

interface Angle {
  value: number;
  axis: Axis | null;
  /** Nothing but coordinates is written so: a mark, a sign of degrees, many digits behind the point. */
  sure: boolean;
  precise: boolean;
  /** Degrees, minutes and seconds. */
  whole: boolean;
}

const digitsBehind = (text: string): number => text.split(".")[1]?.length ?? 0;

/** One angle of its tokens, or null. */
function angle(group: readonly Token[]): Angle | null {
  const marks = group.filter((each) => each.is === "mark");
  const numbers = group.filter((each) => each.is === "number");
  const units = group.filter((each) => each.is === "unit").map((each) => each.order);
  const [degrees, minutes, seconds] = numbers;
  if (!degrees || numbers.length > 3 || marks.length > 2 || units.some((order, i) => order !== i && !(i === 0 && order === 0))) return null;
  if (numbers.slice(1).some((each) => each.signed) || (marks[1] && marks[1].axis !== marks[0]?.axis)) return null;
  // A unit belongs to the number before it.
  let seen = -1;
  for (const each of group) {
    if (each.is === "number") seen += 1;
    else if (each.is === "unit" && each.order !== seen) return null;
  }
  if (numbers.slice(0, -1).some((each) => each.text.includes("."))) return null;
  const mark = marks.find((each) => !each.named) ?? marks[0];
  let size = Number(degrees.text) + Number(minutes?.text ?? 0) / 60 + Number(seconds?.text ?? 0) / 3600;
  const [whole = ""] = degrees.text.split(".");
  if (numbers.length === 1 && units.length === 0 && mark && whole.length >= 4) {
    // 5545.348 N as receivers write it, 554520 N as charts do.
    const split = /^(\d{2,3})(\d{2})(\d{2})?(\.\d+)?$/.exec(degrees.text);
    if (!split || (whole.length > 5) !== (split[3] !== undefined)) return null;
    const rest = split[4] ?? "";
    size = Number(split[1]) + (split[3] === undefined ? Number(`${split[2]}${rest}`) / 60 : Number(split[2]) / 60 + Number(`${split[3]}${rest}`) / 3600);
  }
  if (Number(minutes?.text ?? 0) >= 60 || Number(seconds?.text ?? 0) >= 60) return null;
  const behind = digitsBehind(numbers.at(-1)?.text ?? "");
  return {
    value: size * degrees.sign * (mark?.sign ?? 1),
    axis: mark?.axis ?? null,
    sure: behind >= 3 || units.length > 0 || (mark !== undefined && (behind > 0 || numbers.length > 1 || whole.length >= 4)),
    whole: numbers.length === 3,
    precise: behind > 0 || units.length > 0 || numbers.length > 1 || mark !== undefined,
  };
}

/** Where the second angle may begin, the likeliest first. */
function cuts(run: readonly Token[]): number[] {
  const found: number[] = [];
  const numbers = run.flatMap((each, i) => (each.is === "number" ? [i] : []));
  const marks = run.flatMap((each, i) => (each.is === "mark" ? [i] : []));
  const last = marks.at(-1);
  if (marks.length >= 2 && marks[0] === 0 && last !== undefined) found.push(...marks.slice(1));
  else if (marks[0] !== undefined) found.push(marks[0] + 1);
  const degrees = run.flatMap((each, i) => (each.is === "unit" && each.order === 0 ? [i] : []));
  if (degrees.length === 2) found.push((degrees[1] ?? 0) - 1);
  const commas = run.flatMap((each, i) => (each.is === "cut" ? [i + 1] : []));
  found.push(...commas);
  const signed = run.flatMap((each, i) => (i > 0 && each.is === "number" && each.signed ? [i] : []));
  found.push(...signed);
  const middle = numbers[numbers.length / 2];
  if (middle !== undefined) found.push(middle);
  return found;
}

interface Pair {
  a: Angle;
  b: Angle;
  /** Written as nothing but coordinates is; else it is a pair only where the region lies. */
  sure: boolean;
}

function pairOf(run: readonly Token[]): Pair | null {
  for (const at of cuts(run)) {
    const [left, right] = [run.slice(0, at), run.slice(at)].map((part) => {
      const begin = part.findIndex((each) => each.is !== "cut");
      const end = part.findLastIndex((each) => each.is !== "cut");
      return begin < 0 ? [] : part.slice(begin, end + 1);
    });
    if (!left || !right || [...left, ...right].some((each) => each.is === "cut")) continue;
    const [a, b] = [angle(left), angle(right)];
    if (a && b && (a.axis === null || a.axis !== b.axis)) return { a, b, sure: a.sure || b.sure || (a.whole && b.whole) };
  }
  return null;
}

/** The pair that a text holds; words around it are borne where nothing but coordinates is written so. */
function read(text: string): Pair | null {
  const all = tokens(plainly(text));
  const runs: Token[][] = [[]];
  for (const token of all) {
    if (token.is === "word") runs.push([]);
    else runs.at(-1)?.push(token);
  }
  const alone = !all.some((token) => token.is === "word");
  for (const run of runs) {
    const count = run.filter((each) => each.is === "number").length;
    if (count < 2) continue;
    // A third number is a height, an accuracy or a house: 55.7558, 37.6173, 150
    const second = run.findIndex((each, i) => i > 0 && each.is === "number" && run.slice(0, i).some((one) => one.is === "number"));
    for (const part of count === 2 ? [run, trimmed(run)] : [run, trimmed(run), run.slice(0, second + 1)]) {
      const pair = pairOf(part);
      if (pair === null) continue;
      if (alone && part !== run && !(pair.a.sure && pair.b.sure)) continue;
      // A street may be called by a number: "8 16" and "8, 16" are none.
      if (alone ? pair.a.precise && pair.b.precise : pair.a.sure && pair.b.sure) return pair;
    }
  }
  return null;
}

/** Without the letters that a preposition left at an end: "в 55.7558, 37.6173 с". */
function trimmed(run: readonly Token[]): Token[] {
  const first = run.findIndex((each) => each.is === "number");
  const last = run.findLastIndex((each) => each.is === "number" || each.is === "unit");
  return run.slice(first, last + 1);
}

/** Calls come from beyond the last road, too. */
const AROUND_DEG = 0.5;

const within = (bounds: Bounds, [lat_deg, lon_deg]: [number, number]): boolean =>
  lon_deg >= bounds[0] - AROUND_DEG && lat_deg >= bounds[1] - AROUND_DEG && lon_deg <= bounds[2] + AROUND_DEG && lat_deg <= bounds[3] + AROUND_DEG;

function pointOf(text: string, lonFirst: boolean, bounds: Bounds | null): Coordinates | null {
  if (text.length > 300 || !/\d/.test(text)) return null;
  const pair = read(text);
  if (!pair) return null;
  const { a, b } = pair;
  const marked = a.axis !== null || b.axis !== null;
  const straight: [number, number] = [a.value, b.value];
  const turned: [number, number] = [b.value, a.value];
  const possible = ([lat, lon]: [number, number]): boolean => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  let chosen = straight;
  if (marked) chosen = a.axis === "lon" || b.axis === "lat" ? turned : straight;
  else if (lonFirst) chosen = turned;
  else if (!possible(straight)) chosen = turned;
  else if (bounds && !within(bounds, straight) && within(bounds, turned)) chosen = turned;
  // "10.30, 11.40" may be two hours.
  if (!pair.sure && bounds && !within(bounds, chosen)) return null;
  return possible(chosen) ? { lat_deg: chosen[0], lon_deg: chosen[1] } : null;
}

/** GeoJSON and WKT name the longitude first. */
const LON_FIRST = /"coordinates"\s*:|\bpoint\s*z?\s*\(/i;

/** The point, latitude first unless marks, the kind of writing or the region say otherwise; null when the text names none. */
export function parseCoordinates(text: string, bounds: Bounds | null = null): Coordinates | null {
  const typed = (words: string): Coordinates | null => pointOf(words, LON_FIRST.test(words), bounds);
  return linkedPoint(text, typed) ?? typed(text.replace(/\S*(?:https?:|www\.)\S*/giu, " "));
}

export function coordinatesLabel(lat_deg: number, lon_deg: number): string {
  return `${lat_deg.toFixed(5)}, ${lon_deg.toFixed(5)}`;
}
