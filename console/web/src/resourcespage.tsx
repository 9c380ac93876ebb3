// Shifts and hospitals: who is on which vehicle, who is planned, whose qualifications end, what hospitals take.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { qualificationName, warningText } from "./crewing";
import { crewing } from "./crewingapi";
import type { HospitalState, Planned, Roster } from "./crewingviews";
import { dateTime, shortTime } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { OpeningControl } from "./openings";
import { words } from "./refusals";
import { nowMs, region, session, signOf, units } from "./store";
import { t } from "./texts";
import { go } from "./ui";

const ASK_MS = 15_000;
const roster = signal<Roster | null>(null);
const hospitals = signal<readonly HospitalState[]>([]);
const problem = signal<string | null>(null);

async function load(): Promise<void> {
  try {
    roster.value = await crewing.roster();
    if (session.peek()?.role === "dispatcher") hospitals.value = (await crewing.hospitals()).hospitals;
    problem.value = null;
  } catch (error) {
    problem.value = words(error);
  }
}

async function act(doing: () => Promise<unknown>): Promise<void> {
  try {
    await doing();
    await load();
  } catch (error) {
    problem.value = words(error);
  }
}

const memberName = (id: string): string => roster.value?.members.find((each) => each.id === id)?.name ?? id;

/** What a clock in a time zone shows, as if it were UTC's, ms. */
function wall_ms(at_ms: number, zone: string): number {
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at_ms);
  return Date.parse(`${shown.replace(" ", "T")}Z`);
}

/** An instant as a field takes it, in the region's time zone. */
const field = (at_ms: number, zone: string): string => new Date(wall_ms(at_ms, zone)).toISOString().slice(0, 16);

/** The instant at which a clock in the region shows what a field holds. */
function instant_ms(text: string, zone: string): number {
  const wanted_ms = Date.parse(`${text}:00Z`);
  return wanted_ms - (wall_ms(wanted_ms, zone) - wanted_ms);
}

function PlanForm(): JSX.Element {
  const hour_ms = 3_600_000;
  const next_ms = Math.ceil(nowMs() / hour_ms) * hour_ms;
  const zone = region.value?.timezone ?? "UTC";
  const [unit, setUnit] = useState("");
  const [starts, setStarts] = useState(field(next_ms, zone));
  const [ends, setEnds] = useState(field(next_ms + 12 * hour_ms, zone));
  const [crew, setCrew] = useState<readonly string[]>([]);
  return (
    <form
      class="planform"
      onSubmit={(event) => {
        event.preventDefault();
        void act(() => crewing.plan(unit, instant_ms(starts, zone), instant_ms(ends, zone), [...crew]));
      }}
    >
      <label>
        {t("crew")}
        <select required data-testid="plan-unit" value={unit} onChange={(event) => setUnit(event.currentTarget.value)}>
          <option value="" />
          {[...units.value.values()].map((each) => (
            <option key={each.id} value={each.id}>
              {each.call_sign}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("starts")}
        <input type="datetime-local" required value={starts} onInput={(event) => setStarts(event.currentTarget.value)} />
      </label>
      <label>
        {t("ends")}
        <input type="datetime-local" required value={ends} onInput={(event) => setEnds(event.currentTarget.value)} />
      </label>
      <fieldset class="checks">
        <legend>{t("members")}</legend>
        {(roster.value?.members ?? []).map((each) => (
          <label key={each.id}>
            <input
              type="checkbox"
              data-testid={`plan-member-${each.id}`}
              checked={crew.includes(each.id)}
              onChange={(event) => setCrew(event.currentTarget.checked ? [...crew, each.id] : crew.filter((one) => one !== each.id))}
            />
            {each.name}
          </label>
        ))}
      </fieldset>
      <button type="submit" class="primary" data-testid="plan-confirm" disabled={unit === ""}>
        {t("planCrew")}
      </button>
    </form>
  );
}

function Plan({ plan }: { plan: Planned }): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  return (
    <li class="row" data-testid={`plan-${plan.unit}`}>
      <b class="num sign">{signOf(plan.unit)}</b>
      <span class="num">
        {dateTime(plan.starts_ms, zone)}–{shortTime(plan.ends_ms, zone)}
      </span>
      <span class="grow">{plan.members.map(memberName).join(", ") || "—"}</span>
      <button type="button" onClick={() => void act(() => crewing.drop(plan.id, t("drop")))}>
        {t("drop")}
      </button>
    </li>
  );
}

function MemberForm(): JSX.Element {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [kind, setKind] = useState("");
  const [until, setUntil] = useState("");
  const save = (event: Event): void => {
    event.preventDefault();
    const others = (roster.value?.members.find((each) => each.id === id)?.qualifications ?? []).filter((each) => each.kind !== kind);
    const held = kind === "" ? others : [...others, { kind, until: until === "" ? null : until }];
    void act(() => crewing.member({ id, name, qualifications: held }));
  };
  return (
    <form class="planform" onSubmit={save}>
      <label>
        {t("idLabel")}
        <input required data-testid="member-id" value={id} onInput={(event) => setId(event.currentTarget.value)} />
      </label>
      <label>
        {t("nameLabel")}
        <input required data-testid="member-name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        {t("qualification")}
        <select data-testid="member-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="" />
          {(region.value?.qualifications ?? []).map((each) => (
            <option key={each.id} value={each.id}>
              {qualificationName(each.id)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("lastDay")}
        <input type="date" data-testid="member-until" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </label>
      <button type="submit" data-testid="member-confirm" disabled={id === "" || name === ""}>
        {t("addMember")}
      </button>
    </form>
  );
}

export default function ResourcesPage(): JSX.Element {
  useEffect(() => {
    void load();
    const timer = window.setInterval(() => void load(), ASK_MS);
    return () => window.clearInterval(timer);
  }, []);
  useKeys({ Escape: () => go("console") });
  const capabilities = (id: string): readonly string[] => region.value?.hospitals.find((each) => each.id === id)?.capabilities ?? [];
  const shown = roster.value;
  return (
    <main class="resources scroll" data-testid="resources">
      <header class="row">
        <h1 class="grow">{t("resources")}</h1>
        <span class="dim">
          <Key>.</Key> {t("lettersTitle")}
        </span>
        <button type="button" class="quiet" onClick={() => go("console")}>
          {t("close")} <Key>Esc</Key>
        </button>
      </header>
      {problem.value !== null && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="resourcecolumns">
        <section class="pane" aria-label={t("onShift")}>
          <h2>{t("onShift")}</h2>
          <ul data-testid="on-shift">
            {(shown?.shifts ?? []).map((each) => (
              <li key={each.unit}>
                <b class="num sign">{signOf(each.unit)}</b> {each.members.map(memberName).join(", ") || "—"}
                {each.warnings.map((one) => (
                  <span key={`${one.trouble}${one.member}${one.kind}`} class="caution">
                    {" · "}
                    {warningText(one, memberName)}
                  </span>
                ))}
              </li>
            ))}
          </ul>
          <h2>{t("roster")}</h2>
          {shown !== null && shown.planned.length === 0 && <p class="dim">{t("rosterEmpty")}</p>}
          <ul>{(shown?.planned ?? []).map((each) => <Plan key={each.id} plan={each} />)}</ul>
          <PlanForm />
        </section>
        <section class="pane" aria-label={t("expiringTitle")}>
          <h2>{t("expiringTitle")}</h2>
          {shown !== null && shown.expiring.length === 0 && <p class="dim">{t("expiringNone")}</p>}
          <ul data-testid="expiring">
            {(shown?.expiring ?? []).map((each) => (
              <li key={`${each.member}${each.kind}`} class="row" data-stage={each.stage}>
                <span class="grow">
                  {each.name}: {qualificationName(each.kind)}
                </span>
                <span class="num dim">{each.until}</span>
                <b class={each.stage === "90" ? "num" : "num caution"}>{each.days < 0 ? t("ended", { n: -each.days }) : t("endsIn", { n: each.days })}</b>
              </li>
            ))}
          </ul>
          <h2>{t("member")}</h2>
          <MemberForm />
        </section>
        {session.value?.role === "dispatcher" && (
          <section class="pane" aria-label={t("hospitals")}>
            <h2>{t("hospitals")}</h2>
            {hospitals.value.map((each) => (
              <OpeningControl key={each.id} hospital={each} capabilities={capabilities(each.id)} onDone={() => void load()} />
            ))}
          </section>
        )}
      </div>
    </main>
  );
}
