// What the page shows, written in its address: a link opens the same figures, and Back goes back. Pure.
import { isDay, KINDS, periodOf, type Day, type Kind, type Period } from "./period";

export const VIEWS = ["overview", "work", "table", "files", "calls", "ended", "call", "form109", "form110"] as const;
export type View = (typeof VIEWS)[number];

export const DIMENSIONS = ["region", "district", "substation", "crew_kind", "priority", "reason", "hospital", "unit", "hour", "weekday", "day", "month"] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type Filters = Partial<Record<Dimension, readonly string[]>>;

export const INTERVALS = [
  "response",
  "response_from_notice",
  "processing",
  "turnout",
  "travel",
  "patient_access",
  "scene",
  "transport",
  "handover",
  "turnaround",
  "task",
] as const;

export interface Address {
  view: View;
  /** Of `call` and the forms: which one. */
  argument: string;
  period: Period;
  interval: string;
  crews: "first" | "each";
  /** Minutes; null: each call's own norm. */
  norm: number | null;
  /** "" the region's own log, a log's name, or "*" for all of them. */
  source: string;
  versus: string;
  sure: boolean;
  only: Filters;
  by: readonly Dimension[];
  league: Dimension;
  late_by: string;
  with_interval: string;
  why: string;
  order: "longest" | "shortest" | "called";
}

const isOne = <T extends string>(allowed: readonly T[], text: string | null): text is T => (allowed as readonly (string | null)[]).includes(text);
const one = <T extends string>(allowed: readonly T[], text: string | null, otherwise: T): T => (isOne(allowed, text) ? text : otherwise);

/** Read an address's part behind `#`; whatever cannot be meant is left out. */
export function read(hash: string, today: Day, all = false): Address {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?");
  const parts = path.split("/");
  const asked = new URLSearchParams(query);
  const kind: Kind = one(KINDS, asked.get("p"), "weeks");
  const from = asked.get("from");
  const to = asked.get("to");
  const norm = Number(asked.get("norm"));
  const only: Filters = {};
  for (const dimension of DIMENSIONS) if (asked.has(dimension)) only[dimension] = asked.getAll(dimension);
  return {
    view: one(VIEWS, parts[2] ?? null, "overview"),
    argument: decodeURIComponent(parts[3] ?? ""),
    period: isDay(from) && isDay(to) && from <= to ? { kind, from, to } : periodOf(kind, today),
    interval: one(INTERVALS, asked.get("i"), "response"),
    crews: one(["first", "each"] as const, asked.get("crews"), "first"),
    norm: Number.isInteger(norm) && norm > 0 && norm <= 1440 ? norm : null,
    source: asked.get("source") ?? (all ? "*" : ""),
    versus: asked.get("versus") ?? "",
    sure: asked.get("sure") === "1",
    only,
    by: asked.getAll("by").filter((each): each is Dimension => isOne(DIMENSIONS, each)).slice(0, 2),
    league: one(DIMENSIONS, asked.get("league"), all ? "region" : "substation"),
    late_by: one(["", ...INTERVALS], asked.get("late"), ""),
    with_interval: one(["", ...INTERVALS], asked.get("with"), ""),
    why: asked.get("why") ?? "",
    order: one(["longest", "shortest", "called"] as const, asked.get("order"), "longest"),
  };
}

/** Write an address; `all` is the reader's, who begins with all regions. */
export function write(to: Address, all = false): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string, usual = ""): void => {
    if (value !== usual) query.append(name, value);
  };
  put("p", to.period.kind, "weeks");
  query.append("from", to.period.from);
  query.append("to", to.period.to);
  put("i", to.interval, "response");
  put("crews", to.crews, "first");
  if (to.norm !== null) put("norm", String(to.norm));
  put("source", to.source, all ? "*" : "");
  put("versus", to.versus);
  put("sure", to.sure ? "1" : "");
  for (const dimension of DIMENSIONS) for (const value of to.only[dimension] ?? []) query.append(dimension, value);
  if (to.view === "table") for (const each of to.by) query.append("by", each);
  put("league", to.league, all ? "region" : "substation");
  if (to.view === "calls" || to.view === "call") {
    put("late", to.late_by);
    put("with", to.with_interval);
    put("why", to.why);
    put("order", to.order, "longest");
  }
  const path = ["#", "reports", to.view, ...(to.argument === "" ? [] : [encodeURIComponent(to.argument)])].join("/");
  return `${path}?${query.toString()}`;
}

/** The same figures as a query of the API. */
export function asked(to: Address, begin: (day: Day) => number, after: Day, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  query.append("from_ms", String(begin(to.period.from)));
  query.append("to_ms", String(begin(after)));
  query.append("crews", to.crews);
  if (to.norm !== null) query.append("norm_s", String(to.norm * 60));
  if (to.source !== "") query.append("source", to.source);
  if (to.sure) query.append("without_doubtful", "true");
  for (const dimension of DIMENSIONS) for (const value of to.only[dimension] ?? []) query.append(dimension, value);
  if (to.view === "calls") {
    if (to.late_by !== "") query.append("late_by", to.late_by);
    if (to.with_interval !== "") query.append("with_interval", to.with_interval);
    if (to.why !== "") query.append("why", to.why);
  }
  for (const [name, value] of Object.entries(more)) query.append(name, value);
  return query.toString();
}
