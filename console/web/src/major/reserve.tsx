// How many free crews are kept back for ordinary calls while the major incident lasts.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { deskApi } from "../deskapi";
import type { MajorView } from "../deskviews";
import { units } from "../store";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

export function Reserve({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const [count, setCount] = useState("");
  const [why, setWhy] = useState("");
  const free = [...units.value.values()].filter((unit) => unit.state === "free").length;
  const set = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await act(() => deskApi.reserve(incident.id, Math.max(0, Math.floor(Number(count)) || 0), why.trim()))) {
      setCount("");
      setWhy("");
    }
  };
  return (
    <form aria-label={t("majorReserve")} onSubmit={(event) => void set(event)}>
      <h4>
        {t("majorReserve")}{" "}
        <b class={free <= major.reserve ? "num caution" : "num"} data-testid="reserve">
          {t("ofAll", { n: major.reserve, m: free })}
        </b>{" "}
        <span class="dim">{major.reserve_why ?? t("reserveByPlan")}</span>
      </h4>
      <div class="oneline">
        <input class="num count" type="number" inputMode="numeric" min={0} max={9999} aria-label={t("majorReserve")} data-testid="reserve-count" value={count} onInput={(event) => setCount(event.currentTarget.value)} />
        <input aria-label={t("reserveWhy")} placeholder={t("reserveWhy")} data-testid="reserve-why" value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
        <button type="submit" disabled={count === "" || why.trim() === ""}>
          {t("stagingSet")}
        </button>
      </div>
    </form>
  );
}
