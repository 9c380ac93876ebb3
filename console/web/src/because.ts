// Why a crew stands where it stands, or was left out: codes and values of the service into words.
import { equipmentName } from "./crewing";
import { age, minutes, shortTime, stateText } from "./format";
import { lang } from "./settings";
import { incidents, region, signOf } from "./store";
import { kindName, substationName } from "./names";
import { t, tCode } from "./texts";
import { UNIT_STATES, type Because, type Json, type UnitState, type Values } from "./views";

type Words = (values: Values) => readonly [ru: string, en: string];

const number = (value: Json | undefined): number => (typeof value === "number" ? value : 0);
const text = (value: Json | undefined): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const kind = (value: Json | undefined): string => kindName(text(value));

const sign = (value: Json | undefined): string => signOf(text(value));

function callNumber(value: Json | undefined): string {
  const known = incidents.value.get(text(value));
  return known ? `№ ${known.number}` : text(value);
}

function state(value: Json | undefined): string {
  const found = UNIT_STATES.find((each): each is UnitState => each === value);
  return found ? stateText(found) : text(value);
}

const things = (value: Json | undefined): string => text(value).split(",").map(equipmentName).join(", ");
const until = (value: Json | undefined): string =>
  typeof value === "number" ? ` ${t("shiftUntil", { time: shortTime(value, region.value?.timezone ?? "UTC") })}` : "";
const queued = (value: Json | undefined): string => (typeof value === "number" ? `, ${t("queuedPlus", { n: value })}` : "");

/** The codes of dispatch/recommend.py with their values. */
const WORDS: Record<string, Words> = {
  soonest: () => ["доедет первой", "arrives first"],
  later_by: (v) => [`на ${minutes(number(v.seconds_s))} позже ${sign(v.than)}`, `${minutes(number(v.seconds_s))} after ${sign(v.than)}`],
  kind_fits: () => ["нужный профиль", "the right kind"],
  any_kind: () => ["профиль любой", "any kind will do"],
  kind_higher: (v) => [`профиль выше нужного (${kind(v.needed)})`, `higher than the kind needed (${kind(v.needed)})`],
  kind_lower: (v) => [`может начать помощь, нужна ${kind(v.needed)}`, `can begin, ${kind(v.needed)} must follow`],
  keeps_higher_free: (v) => [`бережёт ${sign(v.unit)} (${kind(v.kind)})`, `keeps ${sign(v.unit)} (${kind(v.kind)}) free`],
  position_stale: (v) => [`координатам ${age(number(v.age_s))}, +${minutes(number(v.added_s))}`, `fix is ${age(number(v.age_s))} old, +${minutes(number(v.added_s))}`],
  position_parked: (v) => [`стоит, молчит ${age(number(v.age_s))}, +${minutes(number(v.added_s))}`, `parked, silent for ${age(number(v.age_s))}, +${minutes(number(v.added_s))}`],
  position_suspect: (v) => [`координаты сомнительны, +${minutes(number(v.added_s))}`, `doubtful fix, +${minutes(number(v.added_s))}`],
  taken_at_base: (v) => [`координат нет, считаем от «${substationName(text(v.substation))}»`, `no fix, counted from ${substationName(text(v.substation))}`],
  beyond_norm: (v) => [`на ${minutes(number(v.by_s))} позже норматива`, `${minutes(number(v.by_s))} over the norm`],
  straight_line: () => ["время по прямой, без дорог", "straight-line estimate, no roads"],
  kept_in_reserve: (v) => [`резерв для обычных вызовов: ${number(v.reserve)} из ${number(v.free)}`, `reserve for ordinary calls: ${number(v.reserve)} of ${number(v.free)}`],
  declined_before: (v) => [`уже была на этом вызове: ${tCode(text(v.status))}`, `was on this call before: ${tCode(text(v.status))}`],
  equipment_fits: () => ["оснащена", "has the equipment"],
  equipment_missing: (v) => [`нет на борту: ${things(v.equipment)}`, `not aboard: ${things(v.equipment)}`],
  busy: (v) => [`на вызове ${callNumber(v.incident)}, ${state(v.state)}${queued(v.queued)}`, `on call ${callNumber(v.incident)}, ${state(v.state)}${queued(v.queued)}`],
  already_here: (v) => [`уже на этом вызове, ${state(v.state)}`, `already on this call, ${state(v.state)}`],
  on_break: (v) => [`перерыв${until(v.until_ms)}`, `on a break${until(v.until_ms)}`],
  refuelling: (v) => [`заправка${until(v.until_ms)}`, `refuelling${until(v.until_ms)}`],
  off_duty: () => ["не на смене", "off duty"],
  out_of_order: (v) => [`неисправна${until(v.until_ms)}`, `out of order${until(v.until_ms)}`],
  wrong_kind: (v) => [`профиль ${kind(v.kind)}, нужна ${kind(v.needed)}`, `${kind(v.kind)}, but ${kind(v.needed)} is needed`],
  no_position: () => ["положение неизвестно", "its position is unknown"],
  no_road: () => ["нет дороги до адреса", "no road to the address"],
  farther: (v) => [`дальше: ${number(v.ranked)} других ближе`, `farther: ${number(v.ranked)} others are nearer`],
};

/** One reason in words; a code that we do not know is shown readable, with its values. */
export function because(reason: Because): string {
  const known = WORDS[reason.code];
  if (known) return known(reason.values)[lang.value === "ru" ? 0 : 1];
  const values = Object.entries(reason.values).map(([name, value]) => `${name.replaceAll("_", " ")} ${text(value)}`);
  return [reason.code.replaceAll("_", " "), ...values].join(", ");
}
