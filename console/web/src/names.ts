// Names of the region's own things, in the language of now.
import { lang } from "./settings";
import { region } from "./store";

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

export function reasonText(id: string): string {
  const reason = region.value?.reasons.find((each) => each.id === id);
  return reason ? reason[lang.value] : id.replaceAll("_", " ");
}
