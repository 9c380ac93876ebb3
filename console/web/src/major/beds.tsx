// How many beds each hospital has promised to the major incident, and how many are taken.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { deskApi } from "../deskapi";
import type { MajorView } from "../deskviews";
import { hospitalName } from "../names";
import { region } from "../store";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

export function Beds({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  // What is being typed stays, whatever happens to the call meanwhile.
  const [draft, setDraft] = useState<Readonly<Record<string, string>>>({});
  const promise = async (hospital: string, typed: string): Promise<void> => {
    const done = await act(() => deskApi.beds(incident.id, hospital, Math.max(0, Math.floor(Number(typed)) || 0)));
    if (done) setDraft(({ [hospital]: _, ...others }) => others);
  };
  return (
    <section aria-label={t("majorBeds")}>
      <h4>{t("majorBeds")}</h4>
      <ul class="bedlines">
        {(region.value?.hospitals ?? []).map((hospital) => {
          const used = major.beds.find((each) => each.hospital === hospital.id);
          const over = used !== undefined && used.coming + used.there > used.beds;
          return (
            <li key={hospital.id} data-testid={`beds-${hospital.id}`}>
              <span class="grow cut" title={hospital.name}>{hospitalName(hospital.id)}</span>
              <span class={over ? "num caution" : "num dim"} title={over ? t("bedsOver") : undefined}>
                {used && used.coming + used.there > 0 ? t("bedsUsed", { n: used.coming, m: used.there }) : ""}
              </span>
              <label>
                <span class="unseen">{hospitalName(hospital.id)}: </span>
                <input
                  class="num"
                  type="number"
                  inputMode="numeric"
                  min={0}
                  max={9999}
                  data-testid={`beds-input-${hospital.id}`}
                  value={draft[hospital.id] ?? String(used?.beds ?? 0)}
                  onFocus={(event) => event.currentTarget.select()}
                  onInput={(event) => setDraft({ ...draft, [hospital.id]: event.currentTarget.value })}
                  onChange={(event) => void promise(hospital.id, event.currentTarget.value)}
                />{" "}
                {t("bedsPromised")}
              </label>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
