// Whom to send: ranked crews, each with its reasons, one key each; those left out, each with why.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { because } from "./because";
import { QueueButton, SoonCrews } from "./crewing";
import { loadRecommendation, rankChanged_ms, recommendation, recommendationProblem, wantAnother } from "./detail";
import { age, distance, minutes } from "./format";
import { Key } from "./keycap";
import { digits, keyName, typing, useKeys } from "./keys";
import { kindName } from "./names";
import { GroupMark } from "./parts";
import { words } from "./refusals";
import { signOf } from "./store";
import { t, type TextKey } from "./texts";
import { focusRecommendation, selectUnit } from "./ui";
import { GROUP_OF } from "./unitstyle";
import type { IncidentView, RankedCrew } from "./views";

/** A key pressed so soon after the order changed may be meant for the crew that stood there before. */
const CHANGED_GUARD_MS = 600;

const OVERRIDES = ["closer", "first_busy", "equipment", "knows", "asked"] as const;

/** The crew whose override reason is being asked for. */
export const overriding = signal<string | null>(null);
const problem = signal<string | null>(null);
const busy = signal(false);

/** What the person pressed on: when that ranking was made, and the rank of the crew in it, if it had one. */
function shownTo(incident: IncidentView, unit: string): { shown_at_ms: number; shown_rank?: number } | null {
  const shown = recommendation.peek();
  if (shown?.incident !== incident.id) return null;
  const rank = shown.crews.find((crew) => crew.unit === unit)?.rank;
  return { shown_at_ms: shown.made_at_ms, ...(rank === undefined ? {} : { shown_rank: rank }) };
}

async function send(incident: IncidentView, unit: string, override: string | null): Promise<void> {
  if (busy.peek()) return;
  busy.value = true;
  problem.value = null;
  try {
    await api.assign(incident.id, unit, override, shownTo(incident, unit));
    overriding.value = null;
    wantAnother.value = false;
    selectUnit(null);
  } catch (error) {
    problem.value = words(error);
    void loadRecommendation(incident.id);
  } finally {
    busy.value = false;
  }
}

function choose(incident: IncidentView, crew: RankedCrew): void {
  problem.value = null;
  if (performance.now() - (rankChanged_ms.peek().get(crew.rank) ?? Number.NEGATIVE_INFINITY) < CHANGED_GUARD_MS) {
    problem.value = t("listChanged");
    return;
  }
  if (crew.rank === 1 && crew.held !== true) void send(incident, crew.unit, null);
  else overriding.value = crew.unit;
}

function Override({ incident, unit }: { incident: IncidentView; unit: string }): JSX.Element {
  const [other, setOther] = useState("");
  const box = useRef<HTMLFieldSetElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => box.current?.querySelector("button")?.focus(), []);
  const byKey = Object.fromEntries(
    OVERRIDES.map((code, i) => [String(i + 1), () => void send(incident, unit, code)] as const),
  );
  useKeys({
    ...byKey,
    [String(OVERRIDES.length + 1)]: () => field.current?.focus(),
    7: () => undefined,
    8: () => undefined,
    9: () => undefined,
    Escape: () => {
      overriding.value = null;
      focusRecommendation.value = true;
    },
  });
  return (
    <fieldset class="override" ref={box} data-testid="override">
      <legend>
        {t("overrideTitle")} <Key>Esc</Key>
      </legend>
      {OVERRIDES.map((code, i) => (
        <button key={code} type="button" data-testid={`override-${i + 1}`} onClick={() => void send(incident, unit, code)}>
          <Key>{i + 1}</Key> {t(`override_${code}` satisfies TextKey)}
        </button>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (other.trim() !== "") void send(incident, unit, other.trim());
        }}
      >
        <Key>{OVERRIDES.length + 1}</Key>
        <input
          ref={field}
          data-testid="override-text"
          aria-label={t("overrideOther")}
          placeholder={t("overrideOther")}
          value={other}
          onInput={(event) => setOther(event.currentTarget.value)}
        />
        <button type="submit" disabled={other.trim() === ""}>
          {t("send")}
        </button>
      </form>
    </fieldset>
  );
}

/** Reasons that say more about the position than the bare age does. */
const POSITION_REASONS: ReadonlySet<string> = new Set(["position_parked", "position_stale", "position_suspect", "taken_at_base"]);
const WARNING_REASONS: ReadonlySet<string> = new Set([...POSITION_REASONS, "kind_lower", "beyond_norm", "straight_line", "declined_before", "kept_in_reserve", "equipment_missing"]);

function positionText(crew: RankedCrew): string {
  const seconds = crew.position_age_s;
  if (crew.position === "live" || crew.position === "parked" || crew.position === "stale") {
    return `${t(`position_${crew.position}`)} ${seconds === null ? "" : age(seconds)}`;
  }
  return t(`position_${crew.position}`);
}

/** What the rank, the time and the name say already: read out once, under the first. */
const PLAIN_REASONS = new Set(["later_by", "kind_fits", "any_kind"]);

/** What is said about a crew under its name: what speaks against it first, then how sure its time is. */
function remarks(crew: RankedCrew): { text: string; warn: boolean }[] {
  const said: { text: string; warn: boolean }[] = [];
  if (crew.eta_p90_s) said.push({ text: t("etaP90", { time: minutes(crew.eta_p90_s) }), warn: false });
  if (crew.distance_m !== null) said.push({ text: distance(crew.distance_m), warn: false });
  if (!crew.reasons.some((each) => POSITION_REASONS.has(each.code))) {
    said.push({ text: positionText(crew), warn: crew.position !== "live" });
  }
  for (const reason of crew.reasons) {
    if (crew.rank === 1 || !PLAIN_REASONS.has(reason.code)) said.push({ text: because(reason), warn: WARNING_REASONS.has(reason.code) });
  }
  return [...said.filter((each) => each.warn), ...said.filter((each) => !each.warn)];
}

function Option({ incident, crew }: { incident: IncidentView; crew: RankedCrew }): JSX.Element {
  const first = crew.rank === 1;
  return (
    <li
      class={`option${first ? " first" : ""}${crew.position === "live" ? "" : " doubtful"}`}
      data-testid={`crew-option-${crew.rank}`}
      data-unit={crew.unit}
      onMouseEnter={() => selectUnit(crew.unit)}
    >
      <span class="optionhead">
        <GroupMark group={GROUP_OF[crew.state]} hollow={crew.position !== "live"} />
        <b class="num sign">{signOf(crew.unit)}</b>
        <span>{kindName(crew.crew_kind)}</span>
        {crew.kind_fit !== "exact" && !crew.reasons.some((each) => each.code === `kind_${crew.kind_fit}`) && <span class={`fit ${crew.kind_fit}`}>{t(`fit_${crew.kind_fit}`)}</span>}
        <span class="grow" />
        <b class={`num eta${crew.within_norm ? "" : " late"}`}>{crew.eta_s === null ? "—" : minutes(crew.eta_s)}</b>
        <button
          type="button"
          class={first ? "primary send" : "send"}
          data-testid={`send-${crew.rank}`}
          title={t("sendNumber", { unit: signOf(crew.unit) })}
          disabled={busy.value}
          onFocus={() => selectUnit(crew.unit)}
          onClick={() => choose(incident, crew)}
        >
          <span class={first ? undefined : "unseen"}>{t("send")}</span>
          <span class="unseen"> {signOf(crew.unit)}</span> {crew.rank <= 9 && <Key>{crew.rank}</Key>}
        </button>
      </span>
      <span class="optionwhy dim">
        {remarks(crew).map((remark, i) => (
          <span key={remark.text}>
            {i > 0 && " · "}
            <span class={remark.warn ? "num caution" : "num"}>{remark.text}</span>
          </span>
        ))}
      </span>
      {overriding.value === crew.unit && <Override incident={incident} unit={crew.unit} />}
    </li>
  );
}

function moveFocus(list: HTMLElement | null, step: number): void {
  const buttons = [...(list?.querySelectorAll<HTMLButtonElement>("button.send") ?? [])];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
}

/** So many crews are offered at first: what is to be said to the caller stands below them. Two, when it is how to resuscitate. */
const FIRST = 5;
const FIRST_OF_ARREST = 2;
const MOST = 12;

export function RecommendationPane({ incident, arrest }: { incident: IncidentView; arrest: boolean }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const [all, setAll] = useState(false);
  const offered = all ? MOST : arrest ? FIRST_OF_ARREST : FIRST;
  const shown = recommendation.value?.incident === incident.id ? recommendation.value : null;
  useKeys(
    digits((i) => {
      const crew = shown?.crews.find((each) => each.rank === i + 1);
      if (!crew) return false;
      // Nobody is sent unseen: a digit beyond what is shown shows the others.
      if (i < offered) choose(incident, crew);
      else setAll(true);
      return true;
    }),
  );
  useEffect(() => {
    problem.value = null;
    return () => {
      overriding.value = null;
    };
  }, [incident.id]);
  const wantFocus = focusRecommendation.value && shown !== null && shown.crews.length > 0;
  useLayoutEffect(() => {
    if (!wantFocus) return;
    focusRecommendation.value = false;
    // It may come late: whoever types or answers a question by then must not find Enter on "send".
    const held = document.activeElement;
    if (typing(held) || held?.closest('[role="dialog"]')) return;
    list.current?.querySelector<HTMLButtonElement>("button.send")?.focus();
  }, [wantFocus]);
  return (
    <section class="recommend" aria-label={t("recommendation")} aria-busy={shown === null}>
      <h3>
        {t("recommendation")}
        {shown?.degraded && (
          <span class="warn" title={shown.degraded_why ?? ""}>
            {t("degradedRecommendation")}
          </span>
        )}
        {shown?.across && (
          <span class="warn" data-testid="across">
            {t(shown.across === "water" ? "acrossWater" : "acrossRailway")}
          </span>
        )}
      </h3>
      {problem.value && (
        <p class="problem" role="alert" data-testid="send-problem">
          {problem.value}
        </p>
      )}
      {recommendationProblem.value && !shown && <p class="problem">{recommendationProblem.value}</p>}
      {shown === null && !recommendationProblem.value && <p class="dim">{t("loading")}</p>}
      {shown?.crews.length === 0 && (
        <p class="problem" role="status">
          {t("noCrews")}
        </p>
      )}
      {overriding.value !== null && shown && !shown.crews.slice(0, offered).some((crew) => crew.unit === overriding.value) && (
        <div class="option">
          <b class="num sign">{signOf(overriding.value)}</b>
          <Override incident={incident} unit={overriding.value} />
        </div>
      )}
      <ol
        ref={list}
        class="options"
        data-testid="recommendation"
        data-incident={incident.id}
        onKeyDown={(event) => {
          const name = keyName(event);
          const step = name === "ArrowDown" ? 1 : name === "ArrowUp" ? -1 : 0;
          if (step === 0 || event.target instanceof HTMLInputElement) return;
          event.preventDefault();
          moveFocus(list.current, step);
        }}
      >
        {shown?.crews.slice(0, offered).map((crew) => <Option key={crew.unit} incident={incident} crew={crew} />)}
      </ol>
      {shown && shown.crews.length > offered && !all && (
        <button type="button" class="quiet moreoptions" data-testid="more-crews" onClick={() => setAll(true)}>
          {t("moreCrews", { n: Math.min(MOST, shown.crews.length) - offered })} {offered < 9 && <Key>{offered + 1}</Key>}
        </button>
      )}
      {shown && <SoonCrews incident={incident} soon={shown.soon ?? []} />}
      {shown && shown.left_out.length > 0 && (
        <details class="leftout" data-testid="left-out">
          <summary>{t("leftOut", { n: shown.left_out.length })}</summary>
          <ul>
            {shown.left_out.map((each) => (
              <li key={each.unit}>
                <b class="num sign">{signOf(each.unit)}</b>
                <span class="dim">{each.reasons.map(because).join("; ")}</span>
                {each.reasons.some((one) => one.code === "busy") && <QueueButton incident={incident} unit={each.unit} />}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
