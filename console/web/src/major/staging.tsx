// Where crews of the major incident gather before they are called to the scene.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, Refusal } from "../api";
import { coordinatesLabel, parseCoordinates } from "../coordinates";
import { deskApi } from "../deskapi";
import type { MajorView } from "../deskviews";
import { region } from "../store";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

export function Staging({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const [text, setText] = useState("");
  const set = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = text.trim();
    const done = await act(async () => {
      const point = parseCoordinates(wanted, region.peek()?.bounds);
      const place = point ? { label: coordinatesLabel(point.lat_deg, point.lon_deg), ...point } : (await api.places(wanted, new AbortController().signal)).places[0];
      if (!place) throw new Refusal(404, "no-place", t("nothingFound"), null);
      await deskApi.staging(incident.id, { label: place.label, lat_deg: place.lat_deg, lon_deg: place.lon_deg });
    });
    if (done) setText("");
  };
  return (
    <form aria-label={t("majorStaging")} onSubmit={(event) => void set(event)}>
      <h4>
        {t("majorStaging")} <span data-testid="staging">{major.staging?.label ?? t("stagingHere")}</span>
      </h4>
      <div class="oneline">
        <input data-testid="staging-text" aria-label={t("majorStaging")} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <button type="submit" disabled={text.trim() === ""}>
          {t("stagingSet")}
        </button>
        {major.staging && (
          <button type="button" class="quiet" onClick={() => void act(() => deskApi.staging(incident.id, null))}>
            {t("stagingHere")}
          </button>
        )}
      </div>
    </form>
  );
}
