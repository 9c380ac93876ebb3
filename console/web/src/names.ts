// Names of the region's own things, in the language of now.
import { lang } from "./settings";
import { region, signOf, units } from "./store";
import { t } from "./texts";

export function substationName(id: string | null): string {
  return region.value?.substations.find((each) => each.id === id)?.name ?? id ?? "—";
}

export function hospitalName(id: string): string {
  return region.value?.hospitals.find((each) => each.id === id)?.name ?? id;
}

export function kindName(id: string): string {
  const kind = region.value?.crew_kinds.find((each) => each.id === id);
  return kind ? kind[lang.value] : id;
}

/** Who or what did something: the service's own parts in words, crews by their signs, people as they are called. */
const ACTORS: Readonly<Record<string, readonly [ru: string, en: string]>> = {
  engine: ["служба", "the service"],
  timers: ["часы службы", "the service's timers"],
  tracking: ["слежение", "tracking"],
  attendance: ["связь с рабочим местом", "the line to the workplace"],
  configuration: ["настройка", "configuration"],
  demo: ["демонстрация", "the demo"],
  autopilot: ["автопилот", "autopilot"],
  caller: ["звонок", "a caller"],
};

export function actorText(by: string): string {
  const known = ACTORS[by];
  if (known) return known[lang.value === "ru" ? 0 : 1];
  const unit = /^crew-(.+)$/.exec(by)?.[1];
  return unit !== undefined && units.value.has(unit) ? `${t("crew")} ${signOf(unit)}` : by;
}

export function reasonText(id: string): string {
  const reason = region.value?.reasons.find((each) => each.id === id);
  return reason ? reason[lang.value] : id.replaceAll("_", " ");
}
