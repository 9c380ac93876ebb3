// Hospitals: what each takes now, who says so and until when; and the words beside a choice of hospital.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { crewing } from "./crewingapi";
import type { HospitalState } from "./crewingviews";
import { dateTime, minutes, shortTime } from "./format";
import { words } from "./refusals";
import { nowMs, region } from "./store";
import { t, tCode } from "./texts";
import type { HospitalChoice } from "./views";

const HOURS = [1, 4, 12] as const;

const capability = (code: string): string => tCode(`cap_${code}`).replace(/^cap /, "");

/** Beside a hospital that may be chosen: whether it is the nearest or the capable one, and what speaks against it. */
export function HospitalMarks({ choice }: { choice: HospitalChoice }): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  const said: { text: string; warn: boolean }[] = [];
  if (choice.nearest === true) said.push({ text: t("h_nearest"), warn: false });
  if (choice.capable === true) said.push({ text: t("h_capable"), warn: false });
  if ((choice.missing ?? []).length > 0) said.push({ text: t("h_missing", { what: (choice.missing ?? []).map(capability).join(", ") }), warn: true });
  if (choice.within_rule === false) said.push({ text: t("h_beyond"), warn: true });
  if (choice.state !== undefined && choice.state !== "open") {
    const until = choice.until_ms == null ? "" : ` ${t("hospitalUntil", { time: shortTime(choice.until_ms, zone) })}`;
    said.push({ text: t(`h_${choice.state}`) + until + (choice.said_by ? `, ${choice.said_by}` : ""), warn: true });
  }
  if (choice.handover_s !== undefined) said.push({ text: t("handoverUsual", { time: minutes(choice.handover_s) }), warn: false });
  if ((choice.waiting ?? 0) > 0) said.push({ text: t("hospitalWaiting", { n: choice.waiting ?? 0 }), warn: false });
  return (
    <span class="hospitalmarks dim">
      {said.map((each, i) => (
        <span key={each.text}>
          {i > 0 && " · "}
          <span class={each.warn ? "caution" : undefined}>{each.text}</span>
        </span>
      ))}
    </span>
  );
}

/** One hospital's state with the means to change it. What is said ends by itself. */
export function OpeningControl({ hospital, capabilities, onDone }: { hospital: HospitalState; capabilities: readonly string[]; onDone: () => void }): JSX.Element {
  const [state, setState] = useState<"restricted" | "closed" | null>(null);
  const [hours, setHours] = useState<number>(4);
  const [refuses, setRefuses] = useState<readonly string[]>([]);
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const zone = region.value?.timezone ?? "UTC";
  const say = async (next: "open" | "restricted" | "closed"): Promise<void> => {
    try {
      const until = next === "open" ? {} : { until_ms: Math.round(nowMs()) + hours * 3_600_000 };
      await crewing.opening(hospital.id, { state: next, refuses: next === "restricted" ? [...refuses] : [], ...until, ...(why.trim() === "" ? {} : { why: why.trim() }) });
      setState(null);
      setProblem(null);
      onDone();
    } catch (error) {
      setProblem(words(error));
    }
  };
  return (
    <article class="opening" data-testid={`opening-${hospital.id}`} data-state={hospital.state}>
      <div class="row">
        <b class="grow">{hospital.name}</b>
        <span class={hospital.state === "open" ? "good" : "caution"}>{t(`h_${hospital.state}`)}</span>
      </div>
      <p class="dim">
        {hospital.state !== "open" && (
          <>
            {hospital.refuses.length > 0 && `${t("refusesWhat")}: ${hospital.refuses.map(capability).join(", ")} · `}
            {hospital.until_ms !== null && <span class="num">{t("hospitalUntil", { time: dateTime(hospital.until_ms, zone) })} · </span>}
            {hospital.by !== null && t("hospitalBy", { who: hospital.by })}
            {hospital.why !== null && ` · ${hospital.why}`}
            {" · "}
          </>
        )}
        {hospital.handover_s !== null && <span class="num">{t("handoverUsual", { time: minutes(hospital.handover_s) })} · </span>}
        <span class="num">{t("hospitalWaiting", { n: hospital.waiting })}</span>
      </p>
      <div class="segments" role="group" aria-label={hospital.name}>
        <button type="button" aria-pressed={hospital.state === "open"} disabled={hospital.state === "open"} data-testid={`say-open-${hospital.id}`} onClick={() => void say("open")}>
          {t("h_open")}
        </button>
        {(["restricted", "closed"] as const).map((each) => (
          <button key={each} type="button" aria-expanded={state === each} data-testid={`say-${each}-${hospital.id}`} onClick={() => setState(state === each ? null : each)}>
            {t(`h_${each}`)}…
          </button>
        ))}
      </div>
      {state !== null && (
        <form
          class="sayopening"
          onSubmit={(event) => {
            event.preventDefault();
            void say(state);
          }}
        >
          {state === "restricted" && (
            <fieldset class="checks">
              <legend>{t("refusesWhat")}</legend>
              {capabilities.map((each) => (
                <label key={each}>
                  <input
                    type="checkbox"
                    checked={refuses.includes(each)}
                    onChange={(event) => setRefuses(event.currentTarget.checked ? [...refuses, each] : refuses.filter((one) => one !== each))}
                  />
                  {capability(each)}
                </label>
              ))}
            </fieldset>
          )}
          <div class="segments" role="group" aria-label={t("untilLabel")}>
            {HOURS.map((each) => (
              <button key={each} type="button" aria-pressed={hours === each} onClick={() => setHours(each)}>
                {t("forHours", { n: each })}
              </button>
            ))}
          </div>
          <input aria-label={t("note")} placeholder={t("note")} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
          <button type="submit" class="primary" data-testid={`say-confirm-${hospital.id}`}>
            {t("apply")}
          </button>
        </form>
      )}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}
