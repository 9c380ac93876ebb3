// Periods as whole days of the region's calendar: which days they are, and at which instants they begin. Pure.

/** A day as the calendar writes it, YYYY-MM-DD. */
export type Day = string;
export const KINDS = ["day", "week", "weeks", "month", "year", "own"] as const;
export type Kind = (typeof KINDS)[number];

export interface Period {
  kind: Kind;
  from: Day;
  /** The last day, included. */
  to: Day;
}

const DAY_MS = 86_400_000;
const parsed = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const written = (at_ms: number): Day => new Date(at_ms).toISOString().slice(0, 10);

export const isDay = (text: string | null): text is Day => text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(parsed(text));
export const addDays = (day: Day, days: number): Day => written(parsed(day) + days * DAY_MS);
export const daysOf = (period: Period): number => Math.round((parsed(period.to) - parsed(period.from)) / DAY_MS) + 1;

/** The whole local day number that the warehouse counts: days since 1970-01-01. */
export const dayOfNumber = (days: number): Day => written(days * DAY_MS);
export const monthOfNumber = (months: number): string => `${1970 + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}`;
export const monthDay = (day: Day): number => Number(day.slice(8));

const offsets = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clock is ahead of UTC at an instant, ms. */
function offset_ms(zone: string, at_ms: number): number {
  let format = offsets.get(zone);
  if (!format) {
    const parts: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    format = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone });
    offsets.set(zone, format);
  }
  const read = Object.fromEntries(format.formatToParts(at_ms).map((part) => [part.type, Number(part.value)]));
  const local = Date.UTC(read.year ?? 1970, (read.month ?? 1) - 1, read.day ?? 1, read.hour ?? 0, read.minute ?? 0, read.second ?? 0);
  return local - Math.floor(at_ms / 1000) * 1000;
}

/** When a day begins in a zone. */
export function beginOf(day: Day, zone: string): number {
  const utc = parsed(day);
  const first = utc - offset_ms(zone, utc);
  // Asked again where that instant really lies: the clock may change between the two.
  return utc - offset_ms(zone, first);
}

export const dayAt = (at_ms: number, zone: string): Day => written(at_ms + offset_ms(zone, at_ms));

/** The period of a kind that holds a day. */
export function periodOf(kind: Kind, day: Day): Period {
  if (kind === "week") {
    const monday = addDays(day, -((new Date(parsed(day)).getUTCDay() + 6) % 7));
    return { kind, from: monday, to: addDays(monday, 6) };
  }
  if (kind === "weeks") return { kind, from: addDays(day, -27), to: day };
  if (kind === "month") {
    const first = `${day.slice(0, 7)}-01`;
    return { kind, from: first, to: addDays(`${addDays(first, 31).slice(0, 7)}-01`, -1) };
  }
  if (kind === "year") return { kind, from: `${day.slice(0, 4)}-01-01`, to: `${day.slice(0, 4)}-12-31` };
  return { kind, from: day, to: day };
}

/** The period before (-1) or after (1), of the same kind. */
export function stepped(period: Period, by: 1 | -1): Period {
  const days = daysOf(period);
  if (period.kind === "own" || period.kind === "weeks") return { ...period, from: addDays(period.from, by * days), to: addDays(period.to, by * days) };
  return periodOf(period.kind, by > 0 ? addDays(period.to, 1) : addDays(period.from, -1));
}
