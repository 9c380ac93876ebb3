// Response times: the figures by base, the share within the norm, and behind every figure its calls.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "./api";
import { dateTime, minutes, percent } from "./format";
import { useKeys } from "./keys";
import { substationName } from "./names";
import { PriorityMark } from "./parts";
import { words } from "./refusals";
import { region, signOf } from "./store";
import { isTextKey, t, tCode } from "./texts";
import { selectCall, go } from "./ui";
import type { IntervalFigures, Report, ResponseRow } from "./views";

const report = signal<Report | null>(null);
const problem = signal<string | null>(null);
const interval = signal("response");
const normMinutes = signal<number | null>(null);
/** The base whose calls are listed; null: all. */
const group = signal<string | null>(null);

const REFRESH_MS = 10_000;

const ORDER = ["response", "processing", "turnout", "travel", "patient_access", "scene", "transport", "handover", "turnaround", "response_from_notice", "task"];
/** The norm is a norm for the response alone. */
const NORMED: ReadonlySet<string> = new Set(["response"]);

async function load(): Promise<void> {
  try {
    report.value = await api.report(Math.round((normMinutes.peek() ?? (region.peek()?.norm_s ?? 1200) / 60) * 60));
    problem.value = null;
  } catch (error) {
    problem.value = words(error);
  }
}

const seconds = (row: ResponseRow): number | null => row[`${interval.value}_s`] ?? null;
const figure = (value: number | null | undefined): string => (value === null || value === undefined ? "—" : minutes(value));

function Share({ share }: { share: number }): JSX.Element {
  return (
    <svg class="sharebar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={percent(share)}>
      <rect class="track" x="0" y="0" width="100" height="8" rx="1" />
      <rect class="fill" x="0" y="0" width={Math.max(0, Math.min(100, share * 100))} height="8" rx="1" />
    </svg>
  );
}

function FiguresRow({ id, name, figures }: { id: string | null; name: string; figures: IntervalFigures | undefined }): JSX.Element {
  const chosen = group.value === id;
  const share = figures?.within_norm ?? null;
  return (
    <tr class={`${id === null ? "allrow" : ""}${chosen ? " chosen" : ""}`} data-testid={`report-group-${id ?? "all"}`}>
      <th scope="row">
        <button type="button" class="link" aria-pressed={chosen} onClick={() => (group.value = id)}>
          {name}
        </button>
      </th>
      <td class="num right">{figures?.n ?? 0}</td>
      <td class="num right">{figure(figures?.p50)}</td>
      <td class="num right">{figure(figures?.p90)}</td>
      {NORMED.has(interval.value) && (
        <td class="sharecell">
          {share === null ? (
            "—"
          ) : (
            <>
              <Share share={share} /> <span class="num">{percent(share)}</span>
            </>
          )}
        </td>
      )}
      <td class="num right dim">{figures && figures.negative > 0 ? t("negative", { n: figures.negative }) : ""}</td>
    </tr>
  );
}

function Responses({ shown }: { shown: Report }): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  const rows = shown.responses
    .filter((row) => group.value === null || (row.substation ?? "") === group.value)
    .filter((row) => seconds(row) !== null)
    .sort((a, b) => (seconds(b) ?? 0) - (seconds(a) ?? 0));
  return (
    <section>
      <h2>
        {t("responsesBehind")}: {group.value === null ? t("all") : substationName(group.value)}
      </h2>
      <table class="responses" data-testid="report-responses">
        <thead>
          <tr>
            <th scope="col">№</th>
            <th scope="col">
              <span class="unseen">{t("priority")}</span>
            </th>
            <th scope="col">{t("called")}</th>
            <th scope="col">{t("crew")}</th>
            <th scope="col">{t("substation")}</th>
            <th scope="col" class="right">
              {tCode(`i_${interval.value}`)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 500).map((row) => {
            const took = seconds(row) ?? 0;
            const late = NORMED.has(interval.value) && took > shown.norm_s;
            return (
              <tr key={row.assignment} data-testid={`report-row-${row.assignment}`} data-late={late}>
                <td>
                  <button
                    type="button"
                    class="link num"
                    onClick={() => {
                      selectCall(row.incident);
                      go("console");
                    }}
                  >
                    {row.number ?? row.incident}
                  </button>
                </td>
                <td>
                  {row.priority !== null && <PriorityMark priority={row.priority} />}
                </td>
                <td class="num">{row.called_at_ms === null ? "—" : dateTime(row.called_at_ms, zone)}</td>
                <td class="num">{signOf(row.unit)}</td>
                <td>{substationName(row.substation)}</td>
                <td class={`num right${late ? " late" : ""}`}>{minutes(took)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function LeftOut({ shown }: { shown: Report }): JSX.Element | null {
  if (shown.left_out.length === 0) return null;
  const byWhy = new Map<string, typeof shown.left_out>();
  for (const each of shown.left_out) byWhy.set(each.why, [...(byWhy.get(each.why) ?? []), each]);
  return (
    <section data-testid="report-left-out">
      <h2>
        {t("leftOutReport")} <span class="num dim">{shown.left_out.length}</span>
      </h2>
      {[...byWhy].map(([why, rows]) => (
        <details key={why}>
          <summary>
            {isTextKey(why) ? t(why) : tCode(why)} <span class="num dim">{rows.length}</span>
          </summary>
          <ul>
            {rows.slice(0, 200).map((each) => (
              <li key={`${each.assignment} ${each.what}`}>
                <span class="num">{each.assignment}</span> <span class="dim">{each.what}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

export function ReportsPage(): JSX.Element {
  useEffect(() => {
    void load();
    const timer = window.setInterval(() => void load(), REFRESH_MS);
    return () => window.clearInterval(timer);
  }, []);
  useKeys({ Escape: () => go("console") });
  const shown = report.value;
  const zone = region.value?.timezone ?? "UTC";
  const names = shown ? [...ORDER.filter((name) => name in shown.intervals), ...Object.keys(shown.intervals).filter((name) => !ORDER.includes(name))] : ORDER;
  const groups = shown ? Object.entries(shown.groups) : [];
  groups.sort(([a], [b]) => substationName(a).localeCompare(substationName(b), undefined, { numeric: true }));
  return (
    <main class="reports" data-testid="reports">
      <header class="row">
        <h1>{t("reportsTitle")}</h1>
        {shown?.period && (
          <span class="dim num">
            {dateTime(shown.period.from_ms, zone)} – {dateTime(shown.period.to_ms, zone)}
          </span>
        )}
        <span class="grow" />
        <label class="inline">
          {t("normMinutes")}
          <input
            class="num short"
            type="number"
            min={1}
            max={180}
            value={normMinutes.value ?? (region.value?.norm_s ?? 1200) / 60}
            onChange={(event) => {
              const wanted = Number(event.currentTarget.value);
              if (wanted > 0) {
                normMinutes.value = wanted;
                void load();
              }
            }}
          />
        </label>
        <button type="button" onClick={() => window.print()}>
          {t("print")}
        </button>
      </header>
      <div class="segments intervals" role="group" aria-label={t("interval")}>
        {names.map((name) => (
          <button key={name} type="button" aria-pressed={interval.value === name} onClick={() => (interval.value = name)}>
            {tCode(`i_${name}`)}
          </button>
        ))}
      </div>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {shown && (
        <>
          <table class="figures" data-testid="report-table">
            <thead>
              <tr>
                <th scope="col">{t("substation")}</th>
                <th scope="col" class="right">
                  {t("n")}
                </th>
                <th scope="col" class="right">
                  {t("p50")}
                </th>
                <th scope="col" class="right">
                  {t("p90")}
                </th>
                {NORMED.has(interval.value) && (
                  <th scope="col">
                    {t("withinNorm")} <span class="num">{Math.round(shown.norm_s / 60)} {t("unit_min")}</span>
                  </th>
                )}
                <th scope="col">
                  <span class="unseen">{t("leftOutReport")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              <FiguresRow id={null} name={t("all")} figures={shown.intervals[interval.value]} />
              {groups.map(([id, intervals]) => (
                <FiguresRow key={id} id={id} name={substationName(id)} figures={intervals[interval.value]} />
              ))}
            </tbody>
          </table>
          {shown.responses.length === 0 && <p class="dim">{t("reportEmpty")}</p>}
          {shown.responses.length > 0 && <Responses shown={shown} />}
          <LeftOut shown={shown} />
        </>
      )}
    </main>
  );
}
