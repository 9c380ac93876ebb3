// Days and minutes of the region's zone as instants. No I/O.

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at_ms: number, zone: string): { date: string; minute: number; utc_ms: number } {
  let format = formats.get(zone);
  if (!format) {
    const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    try {
      format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }); // a zone that this browser does not know
    }
    formats.set(zone, format);
  }
  const found: Record<string, string> = {};
  for (const part of format.formatToParts(at_ms)) found[part.type] = part.value;
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((name) => Number(found[name] ?? 0));
  return {
    date: `${found.year ?? ""}-${found.month ?? ""}-${found.day ?? ""}`,
    minute: (hour ?? 0) * 60 + (minute ?? 0),
    utc_ms: Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second),
  };
}

/** The date of an instant in a zone, as `2026-11-21`, and the minute of its day. */
export function dayOf(at_ms: number, zone: string): { date: string; minute: number } {
  const { date, minute } = parts(at_ms, zone);
  return { date, minute };
}

/** The instant of a minute of a day in a zone. Where the clocks are put back the first of the two is meant. */
export function instantOf(date: string, minute: number, zone: string): number {
  const wanted_ms = Date.parse(`${date}T00:00:00Z`) + minute * 60_000;
  const offset = (at_ms: number): number => parts(at_ms, zone).utc_ms - Math.floor(at_ms / 1000) * 1000;
  const guess_ms = wanted_ms - offset(wanted_ms);
  return wanted_ms - offset(guess_ms);
}
