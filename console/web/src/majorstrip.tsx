// Every open major incident, over the whole desk, until it is stood down.
import type { JSX } from "preact";
import { Address } from "./address";
import { URGENCIES } from "./deskviews";
import { queue } from "./store";
import { t } from "./texts";
import { selectCall } from "./ui";

export function MajorStrip(): JSX.Element | null {
  const open = queue.value.map((row) => row.incident).filter((incident) => incident.major?.stood_down_ms === null);
  if (open.length === 0) return null;
  return (
    <section class="majors" aria-label={t("majorsOpen")} data-testid="majors">
      {open.map((incident) => {
        const major = incident.major;
        const wanted = major?.plan.reduce((sum, line) => sum + line.wanted, 0) ?? 0;
        const sent = major?.plan.reduce((sum, line) => sum + line.sent, 0) ?? 0;
        return (
          <button key={incident.id} type="button" data-testid={`major-${incident.number}`} onClick={() => selectCall(incident.id)}>
            <b class="majormark">{t("major")}</b>
            <span class="num">№ {incident.number}</span> <Address label={incident.place.label} />
            <span class="num">
              {t("crews")} {sent}/{wanted}
            </span>
            {major?.triage && (
              <span class="triagecounts num">
                {URGENCIES.map((urgency) => (
                  <span key={urgency} class={`triagecount triage-${urgency}`} title={t(`triage_${urgency}`)}>
                    <span class="unseen">{t(`triage_${urgency}`)} </span>
                    {major.triage?.[urgency]}
                  </span>
                ))}
              </span>
            )}
          </button>
        );
      })}
    </section>
  );
}
