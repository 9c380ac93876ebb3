// Queues behind busy crews, reopened calls, and a crew's shift: what stands on the call's panel and the unit's card.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { crewing } from "./crewingapi";
import type { SoonCrew, Warned } from "./crewingviews";
import { minutes, shortTime } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { kindName } from "./names";
import { words } from "./refusals";
import { lang } from "./settings";
import { incidents, nowMs, region, signOf } from "./store";
import { t, tCode } from "./texts";
import { selectCall } from "./ui";
import type { Duty, IncidentView, UnitView } from "./views";

const named = (list: readonly { id: string; ru: string; en: string }[] | undefined, id: string): string =>
  list?.find((each) => each.id === id)?.[lang.value] ?? id;
export const equipmentName = (id: string): string => named(region.value?.equipment, id);
export const qualificationName = (id: string): string => named(region.value?.qualifications, id);

/** Run an act and keep what went wrong with it. */
function useAct(): [string | null, (doing: () => Promise<unknown>) => Promise<boolean>] {
  const [problem, setProblem] = useState<string | null>(null);
  const act = async (doing: () => Promise<unknown>): Promise<boolean> => {
    try {
      await doing();
      setProblem(null);
      return true;
    } catch (error) {
      setProblem(words(error));
      return false;
    }
  };
  return [problem, act];
}

function Problem({ text }: { text: string | null }): JSX.Element | null {
  if (text === null) return null;
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

/** On the call's panel: for whom it waits, and the way back. */
export function QueuedLine({ incident }: { incident: IncidentView }): JSX.Element | null {
  const [problem, act] = useAct();
  const queued = incident.queued ?? null;
  const again = incident.reopened_ms != null && incident.ended_at_ms === null;
  useKeys({
    "=": () => {
      if (queued === null) return false;
      void act(() => crewing.unqueue(incident.id, queued.unit));
      return true;
    },
  });
  if (queued === null && !again && problem === null) return null;
  return (
    <div class="queuedline">
      {again && (
        <p class="dim" data-testid="reopened">
          {t("reopenedMark")} {shortTime(incident.reopened_ms ?? 0, region.value?.timezone ?? "UTC")}
        </p>
      )}
      {queued !== null && (
        <p class="row" data-testid="queued-behind">
          <span class="grow">{t("queuedBehind", { unit: signOf(queued.unit) })}</span>
          <button type="button" data-testid="unqueue" onClick={() => void act(() => crewing.unqueue(incident.id, queued.unit))}>
            {t("queueTake")} <Key>=</Key>
          </button>
        </p>
      )}
      <Problem text={problem} />
    </div>
  );
}

/** Under the recommendation: crews about to be free, each of which may get the call as its next one. */
export function SoonCrews({ incident, soon }: { incident: IncidentView; soon: readonly SoonCrew[] }): JSX.Element | null {
  const [problem, act] = useAct();
  const waits = incident.queued != null;
  const queue = (unit: string): void => void act(() => crewing.queue(incident.id, unit));
  useKeys({
    "=": () => {
      const first = soon[0];
      if (first === undefined || waits) return false;
      queue(first.unit);
      return true;
    },
  });
  if (soon.length === 0) return null;
  return (
    <section class="sooncrews" aria-label={t("soonTitle")} data-testid="soon">
      <h4>{t("soonTitle")}</h4>
      <ul>
        {soon.map((crew, i) => (
          <li key={crew.unit} class="row">
            <b class="num sign">{signOf(crew.unit)}</b>
            <span class="dim">{kindName(crew.crew_kind)}</span>
            <span class="num dim grow">{t("soonIn", { clears: minutes(crew.clears_in_s), eta: minutes(crew.eta_s) })}</span>
            <button type="button" data-testid={`queue-${crew.unit}`} disabled={waits} title={t("queueBehindOf", { unit: signOf(crew.unit) })} onClick={() => queue(crew.unit)}>
              {t("queueBehind")} {i === 0 && <Key>=</Key>}
            </button>
          </li>
        ))}
      </ul>
      <Problem text={problem} />
    </section>
  );
}

/** Beside a busy crew that is left out: the call may be its next one all the same. */
export function QueueButton({ incident, unit }: { incident: IncidentView; unit: string }): JSX.Element {
  const [problem, act] = useAct();
  return (
    <>
      <button type="button" class="quiet" data-testid={`queue-behind-${unit}`} disabled={incident.queued != null} onClick={() => void act(() => crewing.queue(incident.id, unit))}>
        {t("queueBehind")}
      </button>
      <Problem text={problem} />
    </>
  );
}

const reopening = signal<string | null>(null);

/** On an ended call: the way back, with a reason. */
export function Reopen({ incident }: { incident: IncidentView }): JSX.Element {
  const [why, setWhy] = useState("");
  const [problem, act] = useAct();
  const asking = reopening.value === incident.id;
  const close = (): void => {
    reopening.value = null;
  };
  useKeys({
    x: () => {
      if (asking) return false;
      reopening.value = incident.id;
      return true;
    },
    Escape: () => {
      if (!asking) return false;
      close();
      return true;
    },
  });
  if (!asking) {
    return (
      <footer class="panelfoot">
        <span class="grow" />
        <button type="button" data-testid="reopen" onClick={() => (reopening.value = incident.id)}>
          {t("reopen")} <Key>X</Key>
        </button>
      </footer>
    );
  }
  return (
    <footer class="panelfoot">
      <form
        class="ending"
        onSubmit={(event) => {
          event.preventDefault();
          void act(() => crewing.reopen(incident.id, why.trim())).then((done) => done && close());
        }}
      >
        <label>
          {t("reopenWhy")} <Key>Esc</Key>
          <input ref={(field) => field?.focus()} required data-testid="reopen-why" value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" data-testid="reopen-confirm" disabled={why.trim() === ""}>
          {t("reopen")}
        </button>
        <Problem text={problem} />
      </form>
    </footer>
  );
}

/** What was not in order when a shift opened, in words. */
export function warningText(warned: Warned, name: (member: string) => string): string {
  const kind = warned.kind === null ? "" : warned.trouble === "equipment_missing" ? equipmentName(warned.kind) : qualificationName(warned.kind);
  return tCode(`w_${warned.trouble}`)
    .replace("{member}", warned.member === null ? "" : name(warned.member))
    .replace("{kind}", kind)
    .replace("{until}", warned.until ?? "")
    .replace("{unit}", warned.unit === null ? "" : signOf(warned.unit));
}

/** Minutes for which a break, refuelling or repair is said to last. */
const LASTS = [15, 30, 60, 240] as const;
/** Their keys follow those of the five duties. */
const LASTS_FROM = 6;

/** On the unit's card: until when it pauses, who is on it, what it lacks, what comes next. */
export function UnitCrew({ unit }: { unit: UnitView }): JSX.Element {
  const [problem, act] = useAct();
  const [missing, setMissing] = useState<readonly string[]>([]);
  const zone = region.value?.timezone ?? "UTC";
  const shift = unit.shift ?? null;
  const pauses = unit.duty === "break" || unit.duty === "refuelling" || unit.duty === "out_of_order";
  const carried = unit.equipment ?? [];
  const lacks = unit.missing ?? [];
  const duty: Duty = unit.duty;
  const lasts = (n: number): void => void act(() => crewing.duty(unit.id, duty, Math.round(nowMs()) + n * 60_000));
  const opening = useRef<HTMLDetailsElement>(null);
  useKeys({
    // With Shift, next to the duties: a bare digit belongs to a ranking.
    ...Object.fromEntries(
      LASTS.map((n, i) => [
        `⇧${LASTS_FROM + i}`,
        (): boolean => {
          if (pauses) lasts(n);
          return pauses;
        },
      ]),
    ),
    "⇧d": () => {
      if (!opening.current) return false;
      opening.current.open = true;
      opening.current.querySelector<HTMLElement>("input, button")?.focus();
      return true;
    },
  });
  return (
    <div class="unitcrew">
      {pauses && (
        <div class="row" data-testid="duty-until">
          <span class="num">{unit.duty_until_ms == null ? t("untilNone") : t("shiftUntil", { time: shortTime(unit.duty_until_ms, zone) })}</span>
          <span class="grow" />
          {LASTS.map((n, i) => (
            <button key={n} type="button" data-testid={`until-${n}`} onClick={() => lasts(n)}>
              {n < 120 ? t("untilIn", { n }) : t("untilHours", { n: n / 60 })} <Key>⇧{LASTS_FROM + i}</Key>
            </button>
          ))}
        </div>
      )}
      {(unit.queue ?? []).length > 0 && (
        <section aria-label={t("queueOf")} data-testid="unit-queue">
          <h4>{t("queueOf")}</h4>
          <ol>
            {(unit.queue ?? []).map((id) => (
              <li key={id} class="row">
                <button type="button" class="link grow" onClick={() => selectCall(id)}>
                  № {incidents.value.get(id)?.number ?? id}, {incidents.value.get(id)?.place.label ?? ""}
                </button>
                <button type="button" onClick={() => void act(() => crewing.unqueue(id, unit.id))}>
                  {t("queueTake")}
                </button>
              </li>
            ))}
          </ol>
        </section>
      )}
      <section aria-label={t("shift")} data-testid="unit-shift">
        {shift === null ? (
          <p class="dim">{t("shiftNone")}</p>
        ) : (
          <>
            <p>
              <span class="dim">{t("shift")}:</span> {shift.members.map((each) => each.name).join(", ") || "—"}{" "}
              {shift.ends_ms !== null && <span class="num dim">{t("shiftUntil", { time: shortTime(shift.ends_ms, zone) })}</span>}
            </p>
            {shift.warnings.length > 0 && (
              <details open data-testid="shift-warnings">
                <summary class="caution">
                  {t("shiftWarnings")} <span class="num">{shift.warnings.length}</span>
                </summary>
                <ul>
                  {shift.warnings.map((each) => (
                    <li key={`${each.trouble}${each.member}${each.kind}`}>{warningText(each, (id) => shift.members.find((one) => one.id === id)?.name ?? id)}</li>
                  ))}
                </ul>
              </details>
            )}
          </>
        )}
        {carried.length > 0 && (
          <p class="dim">
            {t("aboard")}: {carried.filter((each) => !lacks.includes(each)).map(equipmentName).join(", ") || "—"}
            {lacks.length > 0 && <span class="caution"> · {t("missingAboard")}: {lacks.map(equipmentName).join(", ")}</span>}
          </p>
        )}
        {unit.incident === null && (
          <details ref={opening} class="openshift">
            <summary data-testid="shift-open">
              {t("shiftOpen")} <Key>⇧D</Key>
            </summary>
            {carried.length > 0 && (
              <fieldset class="checks">
                <legend>{t("missingAboard")}</legend>
                {carried.map((each) => (
                  <label key={each}>
                    <input
                      type="checkbox"
                      checked={missing.includes(each)}
                      onChange={(event) => setMissing(event.currentTarget.checked ? [...missing, each] : missing.filter((one) => one !== each))}
                    />
                    {equipmentName(each)}
                  </label>
                ))}
              </fieldset>
            )}
            <button type="button" class="primary" data-testid="shift-open-confirm" onClick={() => void act(() => crewing.openShift(unit.id, [...missing]))}>
              {t("shiftOpen")}
            </button>
          </details>
        )}
      </section>
      <Problem text={problem} />
    </div>
  );
}
