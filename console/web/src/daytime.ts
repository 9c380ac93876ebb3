// Times of day as people type them, in the region's zone. No I/O.

/** Minutes that a zone's clock is ahead of UTC at an instant. */
function offset_min(zone: string, at_ms: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts(at_ms);
  const of = (type: string): number => Number(parts.find((each) => each.type === type)?.value ?? 0);
  return Math.round((Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute")) - Math.floor(at_ms / 60_000) * 60_000) / 60_000);
}

/**
 * The instant of "14:30", "1430" or "14.30" nearest to now on the wanted side: the last one, or the next one.
 * Null when it is no time of day.
 */
export function instantOf(text: string, now_ms: number, zone: string, side: "past" | "future"): number | null {
  const found = /^\s*([01]?\d|2[0-3])\s*[:.\- ]?\s*([0-5]\d)\s*$/.exec(text);
  if (!found) return null;
  const day_ms = 86_400_000;
  const local_ms = now_ms + offset_min(zone, now_ms) * 60_000;
  const midnight_ms = Math.floor(local_ms / day_ms) * day_ms;
  let at_ms = midnight_ms + (Number(found[1]) * 60 + Number(found[2])) * 60_000;
  if (side === "past" && at_ms > local_ms) at_ms -= day_ms;
  if (side === "future" && at_ms < local_ms) at_ms += day_ms;
  return at_ms - offset_min(zone, now_ms) * 60_000;
}
