// On a row of the queue: links, likely duplicates, further patients, hazards, a polyclinic's time, late entry, a journey's hour.
import type { JSX } from "preact";
import { shortTime } from "./format";
import { incidents, picture, region } from "./store";
import { t } from "./texts";
import type { IncidentView } from "./views";

export function CallMarks({ incident }: { incident: IncidentView }): JSX.Element | null {
  const zone = region.value?.timezone ?? "UTC";
  const number = (id: string | null | undefined): number | undefined => (id ? incidents.value.get(id)?.number : undefined);
  const main = number(incident.linked_to);
  const like = incident.linked_to ? undefined : number(picture.value.alike[incident.id]);
  const offered = incident.hand_over?.state === "offered" ? incident.hand_over.until_ms : null;
  const marks: [name: string, text: string, strong: boolean][] = [];
  if ((incident.hazards ?? []).length > 0) marks.push(["hazard", `⚠ ${t("hazard")}`, true]);
  if (incident.journey) marks.push(["journey", t("dueAt", { time: shortTime(incident.journey.due_ms, zone) }), false]);
  if (main !== undefined) marks.push(["linked", `${incident.same_patient ? "=" : "≈"} ${t("rowLinked", { n: main })}`, false]);
  if (like !== undefined) marks.push(["like", t("rowLikely", { n: like }), true]);
  if ((incident.patients ?? []).length > 0) marks.push(["patients", t("patientsOf", { n: (incident.patients ?? []).length + 1 }), false]);
  if (offered !== null) marks.push(["offered", t("rowOffered", { time: shortTime(offered, zone) }), false]);
  if (incident.entered_late === true) marks.push(["late-entry", t("enteredLate"), false]);
  if (marks.length === 0) return null;
  return (
    <span class="rowmarks" data-testid={`notes-${incident.number}`}>
      {marks.map(([name, text, strong]) => (
        <span key={name} class={strong ? "rowmark strongmark" : "rowmark"} data-mark={name}>
          {text}
        </span>
      ))}
    </span>
  );
}
