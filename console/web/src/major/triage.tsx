// How many patients there are of each urgency, as the scene last said.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { deskApi } from "../deskapi";
import { URGENCIES, type MajorView, type Urgency } from "../deskviews";
import { clockTime } from "../format";
import { region } from "../store";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

export function Triage({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const known = (urgency: Urgency): string => String(major.triage?.[urgency] ?? 0);
  const [draft, setDraft] = useState<Partial<Record<Urgency, string>>>({});
  const zone = region.value?.timezone ?? "UTC";
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const count = (urgency: Urgency): number => Math.max(0, Math.floor(Number(draft[urgency] ?? known(urgency))) || 0);
    const counts = { red: count("red"), yellow: count("yellow"), green: count("green"), black: count("black") };
    if (await act(() => deskApi.triage(incident.id, counts))) setDraft({});
  };
  return (
    <form aria-label={t("majorTriage")} onSubmit={(event) => void save(event)}>
      <h4>
        {t("majorTriage")}{" "}
        <span class="dim num">{major.triage ? t("triageAt", { time: clockTime(major.triage.at_ms, zone), by: major.triage.by }) : t("triageNever")}</span>
      </h4>
      <div class="triage">
        {URGENCIES.map((urgency) => (
          <label key={urgency} class={`triage-${urgency}`}>
            {t(`triage_${urgency}`)}
            <input
              class="num"
              type="number"
              inputMode="numeric"
              min={0}
              max={9999}
              data-testid={`triage-${urgency}`}
              value={draft[urgency] ?? known(urgency)}
              onFocus={(event) => event.currentTarget.select()}
              onInput={(event) => setDraft({ ...draft, [urgency]: event.currentTarget.value })}
            />
          </label>
        ))}
        <button type="submit" data-testid="triage-save" disabled={Object.keys(draft).length === 0}>
          {t("triageSave")}
        </button>
      </div>
    </form>
  );
}
