// Figures in words: lengths, shares, changes, and the names of a dimension's values.
import { dateTime, minutes, percent } from "../format";
import { hospitalName, kindName, reasonText, substationName } from "../names";
import { lang } from "../settings";
import { signOf } from "../store";
import { tCode } from "../texts";
import type { Dimension } from "./address";
import { dayOfNumber, monthOfNumber, type Day } from "./period";
import type { Change, Key } from "./shapes";
import { rt } from "./texts";

/** The norm speaks of these. */
export const NORMED: ReadonlySet<string> = new Set(["response", "response_from_notice"]);

export const length = (seconds: number | null | undefined): string => (seconds === null || seconds === undefined ? "—" : minutes(Math.round(seconds)));
export const share = (value: number | null | undefined): string => (value === null || value === undefined ? "—" : percent(value));
export const count = (value: number): string => value.toLocaleString(lang.value === "ru" ? "ru-RU" : "en-GB");
export const decimal = (value: number, digits = 1): string => value.toFixed(digits).replace(".", lang.value === "ru" ? "," : ".");
export const intervalName = (name: string): string => tCode(`i_${name}`);

const signed = (text: string, by: number): string => `${by > 0 ? "+" : by < 0 ? "−" : "±"}${text}`;

/** How much a figure has changed. */
export function changeText(figure: string, change: Change): string {
  if (figure === "within_norm") return signed(`${decimal(Math.abs(change.by) * 100)} ${lang.value === "ru" ? "п. п." : "pp"}`, Math.round(change.by * 1000));
  if (figure === "n") return signed(count(Math.abs(change.by)), change.by);
  const whole = Math.round(Math.abs(change.by));
  return signed(minutes(whole), whole === 0 ? 0 : change.by);
}

/** Whether a change is for the better: more within the norm, shorter otherwise; a count is neither. */
export function isBetter(figure: string, change: Change): boolean | null {
  if (figure === "n" || change.by === 0) return null;
  return figure === "within_norm" ? change.by > 0 : change.by < 0;
}

const WEEKDAYS: Record<"ru" | "en", readonly string[]> = {
  ru: ["пн", "вт", "ср", "чт", "пт", "сб", "вс"],
  en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};
export const weekdayName = (weekday: number): string => WEEKDAYS[lang.value][weekday] ?? String(weekday);
export const hourName = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

const day = new Map<string, Intl.DateTimeFormat>();
/** A day as people write it. */
export function dayText(which: Day, year = true): string {
  const key = `${lang.value}${year}`;
  let format = day.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(lang.value === "ru" ? "ru-RU" : "en-GB", { timeZone: "UTC", day: "numeric", month: "short", ...(year ? { year: "numeric" } : {}) });
    day.set(key, format);
  }
  return format.format(Date.parse(`${which}T00:00:00Z`));
}

/** A value of a dimension as people call it. */
export function valueName(dimension: Dimension, key: Key): string {
  if (key === null || key === "") return rt("none");
  const text = String(key);
  switch (dimension) {
    case "substation":
      return substationName(text);
    case "hospital":
      return hospitalName(text);
    case "crew_kind":
      return kindName(text);
    case "reason":
      return reasonText(text);
    case "unit":
      return signOf(text);
    case "weekday":
      return weekdayName(Number(text));
    case "hour":
      return hourName(Number(text));
    case "day":
      return dayText(dayOfNumber(Number(text)));
    case "month":
      return monthOfNumber(Number(text));
    case "priority":
      return `${text} · ${tCode(`p${text}`)}`;
    default:
      return text;
  }
}

export const instant = (at_ms: number | null | undefined, zone: string): string => (at_ms === null || at_ms === undefined ? "—" : dateTime(at_ms, zone));

/** Where nice round ticks lie between 0 and a maximum. */
export function ticks(most: number, wanted = 5): number[] {
  if (most <= 0) return [0];
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const found: number[] = [];
  for (let at = 0; at <= most + step * 0.001; at += step) found.push(at);
  return found;
}
