// While a call is written down: what is known of the address, and calls that may tell of the same event.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { calltaking } from "./calltakingapi";
import type { Hazard, Likely } from "./calltakingviews";
import { dateTime } from "./format";
import { region, session } from "./store";
import { t } from "./texts";
import { selectCall } from "./ui";
import type { PlaceView } from "./views";

const TYPING_MS = 300;

export function FormWarnings({ place, phone }: { place: PlaceView | null; phone: string }): JSX.Element | null {
  const [likely, setLikely] = useState<Likely[]>([]);
  const [hazards, setHazards] = useState<Hazard[]>([]);
  useEffect(() => {
    setLikely([]);
    setHazards([]);
    if (place === null) return undefined;
    const asking = new AbortController();
    const timer = window.setTimeout(() => {
      // A form without warnings is still a form: what cannot be asked is not shown.
      calltaking.likely(place, phone.trim(), asking.signal).then((answer) => setLikely(answer.duplicates), () => undefined);
      calltaking.hazardsAt(place, asking.signal).then((answer) => setHazards(answer.hazards), () => undefined);
    }, TYPING_MS);
    return () => {
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [place, phone]);
  const zone = region.value?.timezone ?? "UTC";
  const sees = session.value?.role === "dispatcher";
  if (likely.length === 0 && hazards.length === 0) return null;
  return (
    <div class="formwarnings" role="status" data-testid="form-warnings">
      {hazards.map((each) => (
        <p key={each.id} class="note hazards">
          <b>
            <span aria-hidden="true">⚠ </span>
            {t("hazard")}: {each.hazard}
          </b>{" "}
          <span class="dim">{t("hazardBy", { by: each.by, until: dateTime(each.until_ms, zone) })}</span>
        </p>
      ))}
      {likely.slice(0, 2).map((each) => (
        <p key={each.incident} class="note row">
          <span class="grow">{t("likelySame", { n: each.number, signs: each.signs.map((sign) => t(`sign_${sign}`)).join(", ") })}</span>
          {sees && (
            <button type="button" class="quiet" onClick={() => selectCall(each.incident)}>
              № {each.number}
            </button>
          )}
        </p>
      ))}
    </div>
  );
}
