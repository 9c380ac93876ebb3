// A call as a major incident: declared by one key, led here, stood down by the same.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, Refusal } from "./api";
import { parseCoordinates, coordinatesLabel } from "./coordinates";
import { deskApi } from "./deskapi";
import { URGENCIES, type MajorPlanView, type MajorView, type Urgency } from "./deskviews";
import { clockTime, minutes } from "./format";
import { useKeys } from "./keys";
import { hospitalName, kindName } from "./names";
import { Key } from "./parts";
import { words } from "./refusals";
import { lang } from "./settings";
import { region, signOf, tick, units } from "./store";
import { t } from "./texts";
import { notice } from "./ui";
import type { IncidentView } from "./views";

type Act = (work: () => Promise<unknown>) => Promise<boolean>;

/** Ask for the plan again after so many half-second ticks, and whenever a crew's state changes. */
const REFRESH_TICKS = 10;

function usePlan(incident: IncidentView): MajorPlanView | null {
  const [plan, setPlan] = useState<MajorPlanView | null>(null);
  const beat = Math.floor(tick.value / REFRESH_TICKS);
  const busy = incident.assignments.length;
  useEffect(() => {
    let gone = false;
    deskApi.plan(incident.id).then((loaded) => !gone && setPlan(loaded), () => undefined);
    return () => {
      gone = true;
    };
  }, [incident.id, beat, busy, incident.major?.scale, incident.major?.reserve]);
  return plan;
}

function Plan({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const plan = usePlan(incident);
  const [sent, setSent] = useState<string | null>(null);
  const next = plan?.plan.flatMap((line) => line.next) ?? [];
  const send = async (): Promise<void> => {
    if (!plan || next.length === 0) return;
    await act(async () => {
      const answer = await deskApi.send(incident.id, next, plan.made_at_ms);
      const refused = answer.refused.map((each) => `${signOf(each.unit)}: ${words(new Refusal(409, each.code, each.message, null))}`).join("; ");
      setSent(t("majorSent", { n: answer.sent.length }) + (refused === "" ? "" : ` · ${refused}`));
    });
  };
  useKeys({ d: () => void send() });
  const full = major.plan.every((line) => line.sent >= line.wanted);
  return (
    <section aria-label={t("majorPlan")}>
      <h4>{t("majorPlan")}</h4>
      <ul class="planlines">
        {major.plan.map((line) => {
          const coming = plan?.plan.find((each) => each.kind === line.kind)?.next ?? [];
          const missing = line.wanted - line.sent;
          return (
            <li key={line.kind} data-testid={`plan-${line.kind}`}>
              <span class="grow">{kindName(line.kind)}</span>
              <b class={missing > 0 ? "num caution" : "num"}>
                {line.sent}/{line.wanted}
              </b>
              <span class="num dim plannext">
                {missing <= 0
                  ? ""
                  : coming.length === 0
                    ? t("majorNone")
                    : coming.map((unit) => `${signOf(unit)} ${minutes(plan?.etas_s[unit] ?? 0)}`).join(", ")}
              </span>
            </li>
          );
        })}
      </ul>
      {sent && (
        <p class="done" role="status" data-testid="plan-sent">
          {sent}
        </p>
      )}
      {full ? (
        <p class="dim">{t("majorFull")}</p>
      ) : (
        <button type="button" class="primary" data-testid="plan-send" disabled={next.length === 0} onClick={() => void send()}>
          {t("majorSend", { n: next.length })} <Key>D</Key>
        </button>
      )}
    </section>
  );
}

function Triage({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
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

function Staging({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
  const [text, setText] = useState("");
  const set = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = text.trim();
    const done = await act(async () => {
      const point = parseCoordinates(wanted);
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

function Beds({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
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
                  value={String(used?.beds ?? 0)}
                  onFocus={(event) => event.currentTarget.select()}
                  onChange={(event) => void act(() => deskApi.beds(incident.id, hospital.id, Math.max(0, Math.floor(Number(event.currentTarget.value)) || 0)))}
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

function Reserve({ incident, major, act }: { incident: IncidentView; major: MajorView; act: Act }): JSX.Element {
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

function StandDown({ incident, act, onBack }: { incident: IncidentView; act: Act; onBack: () => void }): JSX.Element {
  const yes = async (): Promise<void> => {
    await act(() => deskApi.standDown(incident.id));
    onBack();
  };
  useKeys({ 1: () => void yes(), "!": () => void yes(), Enter: () => void yes(), Escape: onBack });
  return (
    <div class="override" role="group" aria-label={t("standDown")} data-testid="stand-down-ask">
      <p>
        {t("standDownAsk")} <Key>Esc</Key>
      </p>
      <button type="button" class="primary" data-testid="stand-down-yes" ref={(button) => button?.focus()} onClick={() => void yes()}>
        {t("yes")} <Key>1</Key>
      </button>
    </div>
  );
}

/** The key that declares, and everything that is led by it from then on. */
export function MajorPanel({ incident }: { incident: IncidentView }): JSX.Element | null {
  const [problem, setProblem] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  useEffect(() => {
    setProblem(null);
    setEnding(false);
  }, [incident.id]);
  const major = incident.major?.stood_down_ms === null ? incident.major : null;
  const open = incident.ended_at_ms === null;
  const act: Act = async (work) => {
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(words(error));
      return false;
    }
  };
  const declare = (scale?: string): void => {
    deskApi.declare(incident.id, scale).then(
      () => undefined,
      (error: unknown) => {
        notice.value = words(error);
      },
    );
  };
  useKeys({
    "!": () => {
      if (!open) return false;
      if (major) setEnding(true);
      else declare();
      return true;
    },
  });
  if (!open) return null;
  if (!major) {
    return (
      <p class="declare">
        <button type="button" class="quiet" data-testid="declare-major" onClick={() => declare()}>
          {t("majorDeclare")} <Key>!</Key>
        </button>
      </p>
    );
  }
  return (
    <section class="majorpanel" aria-label={t("majorLong")} data-testid="major-panel">
      <div class="majorhead">
        <h3>{t("majorLong")}</h3>
        <label>
          <span class="unseen">{t("majorScale")}</span>
          <select data-testid="major-scale" value={major.scale} onChange={(event) => declare(event.currentTarget.value)}>
            {(region.value?.scales ?? []).map((scale) => (
              <option key={scale.id} value={scale.id}>
                {scale[lang.value]}
              </option>
            ))}
          </select>
        </label>
        <span class="grow" />
        <button type="button" class="quiet" data-testid="stand-down" onClick={() => setEnding(true)}>
          {t("standDown")} <Key>!</Key>
        </button>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {ending && <StandDown incident={incident} act={act} onBack={() => setEnding(false)} />}
      <Plan incident={incident} major={major} act={act} />
      <Triage incident={incident} major={major} act={act} />
      <Staging incident={incident} major={major} act={act} />
      <Beds incident={incident} major={major} act={act} />
      <Reserve incident={incident} major={major} act={act} />
    </section>
  );
}
