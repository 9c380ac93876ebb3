// Why a crew stands where it stands, or was left out: codes and values of the service into words.
import { age, distance, minutes, stateText } from "./format";
import { lang } from "./settings";
import { incidents } from "./store";
import { kindName } from "./names";
import { UNIT_STATES, type Because, type Json, type UnitState, type Values } from "./views";

type Words = (values: Values) => readonly [ru: string, en: string];

const number = (value: Json | undefined): number => (typeof value === "number" ? value : 0);
const text = (value: Json | undefined): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const kind = (value: Json | undefined): string => kindName(text(value));

function callNumber(value: Json | undefined): string {
  const known = incidents.value.get(text(value));
  return known ? `№ ${known.number}` : text(value);
}

function state(value: Json | undefined): string {
  const found = UNIT_STATES.find((each): each is UnitState => each === value);
  return found ? stateText(found) : text(value);
}

const WORDS: Record<string, Words> = {
  soonest: () => ["доедет первой", "arrives first"],
  slower_by: (v) => [`на ${minutes(number(v.seconds))} позже первой`, `${minutes(number(v.seconds))} after the first`],
  kind_fits: () => ["профиль подходит", "the right kind"],
  kind_higher: (v) => [`профиль выше нужного${kind(v.crew_kind) && `: ${kind(v.crew_kind)}`}`, `higher kind than needed${kind(v.crew_kind) && `: ${kind(v.crew_kind)}`}`],
  kind_lower: (v) => [`профиль ниже нужного${kind(v.needed) && ` (нужна: ${kind(v.needed)})`}`, `lower kind than needed${kind(v.needed) && ` (wanted: ${kind(v.needed)})`}`],
  within_norm: () => ["успевает в норматив", "within the norm"],
  beyond_norm: () => ["не успевает в норматив", "after the norm"],
  late: () => ["не успевает в норматив", "after the norm"],
  position_stale: (v) => [`координатам ${age(number(v.age_s))}`, `fix is ${age(number(v.age_s))} old`],
  stale_position: (v) => [`координатам ${age(number(v.age_s))}`, `fix is ${age(number(v.age_s))} old`],
  position_base: () => ["координат нет, считаем от подстанции", "no fix, counted from its base"],
  from_base: () => ["координат нет, считаем от подстанции", "no fix, counted from its base"],
  no_position: () => ["положение неизвестно", "its position is unknown"],
  straight_line: () => ["время по прямой, без карты дорог", "straight-line estimate, no road map"],
  busy: (v) => [`на вызове ${callNumber(v.incident)}, ${state(v.state)}`, `on call ${callNumber(v.incident)}, ${state(v.state)}`],
  on_break: () => ["перерыв", "on a break"],
  break: () => ["перерыв", "on a break"],
  out_of_order: () => ["неисправна", "out of order"],
  off: () => ["не на смене", "off duty"],
  off_duty: () => ["не на смене", "off duty"],
  unreachable: () => ["нет дороги до адреса", "no road to the address"],
  no_route: () => ["нет дороги до адреса", "no road to the address"],
  too_far: (v) => [`слишком далеко: ${distance(number(v.metres))}`, `too far: ${distance(number(v.metres))}`],
  refused: () => ["отказалась от этого вызова", "refused this call"],
  returning: () => ["возвращается", "returning"],
};

/** One reason in words; a code that we do not know is shown readable, with its values. */
export function because(reason: Because): string {
  const known = WORDS[reason.code];
  if (known) return known(reason.values)[lang.value === "ru" ? 0 : 1];
  const values = Object.entries(reason.values).map(([name, value]) => `${name.replaceAll("_", " ")} ${text(value)}`);
  return [reason.code.replaceAll("_", " "), ...values].join(", ");
}
