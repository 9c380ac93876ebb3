// The service's work: queues, how calls ended, crews' hours, hospitals, disputed buttons, overridden advice.
import type { JSX } from "preact";
import { overrideText } from "../timeline";
import { percent } from "../format";
import { hospitalName, substationName } from "../names";
import { signOf } from "../store";
import { tCode } from "../texts";
import { count, decimal, instant, length, share, ticks, valueName } from "./figures";
import { Behind, Panel, Problem, ToCalls } from "./parts";
import type { Disputes, Ending, Group, Overrides, QueueHour, Use } from "./shapes";
import { href, place, query, useAsked, zone } from "./state";
import { rt } from "./texts";

const W = 620;
const H = 220;
const LEFT = 36;
const BOTTOM = 24;
const TOP = 10;

function Queue(): JSX.Element {
  const { value, problem } = useAsked<{ hours: QueueHour[] }>(`queue?${query()}`);
  const hours = value?.hours ?? [];
  const most = Math.max(1, ...hours.map((hour) => hour.most));
  const y = (n: number): number => TOP + (H - TOP - BOTTOM) * (1 - n / most);
  const width = (W - LEFT) / 24;
  return (
    <Panel title={rt("queue")} hint={`${rt("queueHint")}. ${rt("filtersOfCalls")}.`} testid="work-queue">
      <Problem text={problem} />
      <svg class="chart" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={rt("queue")}>
        {ticks(most, 4).map((n) => (
          <g key={n}>
            <line class="gridline" x1={LEFT} x2={W} y1={y(n)} y2={y(n)} />
            <text class="tick" x={LEFT - 6} y={y(n) + 4} text-anchor="end">
              {decimal(n, Number.isInteger(n) ? 0 : 1)}
            </text>
          </g>
        ))}
        {hours.map((hour) => {
          const x = LEFT + hour.hour * width;
          return (
            <g key={hour.hour}>
              <rect class="col" x={x + 2} width={width - 4} y={y(hour.mean)} height={Math.max(0, H - BOTTOM - y(hour.mean))} rx="1">
                <title>
                  {hour.hour}:00 — {rt("queueMean")} {decimal(hour.mean, 2)}, {rt("queueMost")} {hour.most}
                </title>
              </rect>
              <line class="peak" x1={x + 3} x2={x + width - 3} y1={y(hour.most)} y2={y(hour.most)} />
              {hour.hour % 3 === 0 && (
                <text class="tick" x={x + width / 2} y={H - 8} text-anchor="middle">
                  {hour.hour}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <Behind>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{rt("d_hour")}</th>
              {(["came", "queueMean", "queueMost", "waitP90"] as const).map((key) => (
                <th key={key} scope="col" class="right">
                  {rt(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour.hour}>
                <th scope="row" class="num">
                  {hour.hour}:00
                </th>
                <td class="num right">
                  <ToCalls to={{ only: { ...place.value.only, hour: [String(hour.hour)] } }}>{count(hour.calls)}</ToCalls>
                </td>
                <td class="num right">{decimal(hour.mean, 2)}</td>
                <td class="num right">{hour.most}</td>
                <td class="num right">{length(hour.wait_p90_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Behind>
    </Panel>
  );
}

const ENDS = ["treated", "lost", "cancelled_waiting", "cancelled_sent"] as const;

function Endings(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Ending[] }>(`endings?${query({ by: "priority" })}`);
  const rows = value?.rows ?? [];
  const all = rows.reduce((sum, row) => sum + row.calls, 0);
  return (
    <Panel title={rt("endings")} hint={`${rt("filtersOfCalls")}.`} testid="work-endings">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_priority")}</th>
            <th scope="col" class="right">
              {rt("calls")}
            </th>
            {ENDS.map((end) => (
              <th key={end} scope="col" class="right wraps">
                {rt(end)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row.key)}>
              <th scope="row">{valueName("priority", row.key)}</th>
              <td class="num right">{count(row.calls)}</td>
              {ENDS.map((end) => (
                <td key={end} class="num right">
                  {row[end] === 0 ? (
                    "0"
                  ) : (
                    <a href={href({ view: "ended", argument: end, only: { ...place.value.only, priority: [String(row.key ?? "")] } })} data-testid={`ended-${end}-${row.key ?? ""}`}>
                      {count(row[end])}
                    </a>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{rt("all")}</th>
            <td class="num right">{count(all)}</td>
            {ENDS.map((end) => {
              const sum = rows.reduce((total, row) => total + row[end], 0);
              return (
                <td key={end} class="num right">
                  {sum === 0 ? (
                    "0"
                  ) : (
                    <a href={href({ view: "ended", argument: end })} data-testid={`ended-${end}`}>
                      {count(sum)}
                    </a>
                  )}
                  <br />
                  <span class="dim">{all > 0 ? percent(sum / all) : ""}</span>
                </td>
              );
            })}
          </tr>
        </tfoot>
      </table>
    </Panel>
  );
}

function Utilisation(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Use[] }>(`utilisation?${query({ by: "substation" })}`);
  const rows = [...(value?.rows ?? [])].sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const most = Math.max(0.01, ...rows.map((row) => row.share ?? 0));
  return (
    <Panel title={rt("use")} hint={`${rt("useHint")}. ${rt("filtersOfHours")}.`} testid="work-use">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_substation")}</th>
            <th scope="col" class="right">
              {rt("inService")}
            </th>
            <th scope="col" class="right">
              {rt("committed")}
            </th>
            <th scope="col" class="right" colSpan={2}>
              {rt("use")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row.key)}>
              <th scope="row">{substationName(row.key === null ? null : String(row.key))}</th>
              <td class="num right">{count(Math.round(row.in_service_h))}</td>
              <td class="num right">{count(Math.round(row.committed_h))}</td>
              <td class="num right">{share(row.share)}</td>
              <td class="barcell">
                <span class="minibars">
                  <span class="minibar" style={{ inlineSize: `${(100 * (row.share ?? 0)) / most}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Hospitals(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Group[] }>(`table?${query({ by: "hospital", interval: "turnaround" })}`);
  const rows = (value?.rows ?? []).filter((row) => row.key[0] !== null && (row.cells.turnaround?.n ?? 0) > 0).sort((a, b) => (b.cells.turnaround?.p90 ?? 0) - (a.cells.turnaround?.p90 ?? 0));
  const most = Math.max(1, ...rows.map((row) => row.cells.turnaround?.p90 ?? 0));
  return (
    <Panel title={rt("turnaroundHospital")} hint={rt("turnaroundHint")} testid="work-hospitals">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_hospital")}</th>
            <th scope="col" class="right">
              {rt("n")}
            </th>
            <th scope="col" class="right">
              {rt("p50s")}
            </th>
            <th scope="col" class="right" colSpan={2}>
              {rt("p90s")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const id = String(row.key[0]);
            const cell = row.cells.turnaround;
            return (
              <tr key={id}>
                <th scope="row">{hospitalName(id)}</th>
                <td class="num right">
                  <ToCalls to={{ only: { ...place.value.only, hospital: [id] }, interval: "turnaround", with_interval: "turnaround" }}>{count(cell?.n ?? 0)}</ToCalls>
                </td>
                <td class="num right">{length(cell?.p50)}</td>
                <td class="num right strong">{length(cell?.p90)}</td>
                <td class="barcell">
                  <span class="minibars">
                    <span class="minibar soft" style={{ inlineSize: `${(100 * (cell?.p90 ?? 0)) / most}%` }} />
                    <span class="minibar" style={{ inlineSize: `${(100 * (cell?.p50 ?? 0)) / most}%` }} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

function DisputedButtons(): JSX.Element {
  const { value, problem } = useAsked<Disputes>(`disagreements?${query({ limit: "50" })}`);
  return (
    <Panel title={rt("disputes")} hint={rt("disputesHint")} testid="work-disputes">
      <Problem text={problem} />
      {value && value.rows.length === 0 && <p class="nothing">{rt("noDisputes")}</p>}
      {value && value.rows.length > 0 && (
        <>
          <p class="stages">
            {value.stages.map((stage) => (
              <span key={stage.stage}>
                {tCode(stage.stage)} <b class="num">{count(stage.n)}</b> <span class="dim num">p50 {length(stage.p50_s)}</span>
              </span>
            ))}
          </p>
          <div class="scrolls tall" tabIndex={0} role="group" aria-label={rt("disputes")}>
            <table class="grid">
              <thead>
                <tr>
                  <th scope="col">{rt("number")}</th>
                  <th scope="col">{rt("unit")}</th>
                  <th scope="col">{rt("stage")}</th>
                  <th scope="col">{rt("stated")}</th>
                  <th scope="col" class="right">
                    {rt("difference")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {value.rows.map((row) => (
                  <tr key={row.assignment + row.stage}>
                    <th scope="row">
                      <a href={href({ view: "call", argument: row.incident })}>{row.incident}</a>
                    </th>
                    <td class="num">{signOf(row.unit)}</td>
                    <td>{tCode(row.stage)}</td>
                    <td class="num">{instant(row.at_ms, zone())}</td>
                    <td class="num right">
                      {row.disagreement_s > 0 ? "+" : "−"}
                      {length(Math.abs(row.disagreement_s))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}

function OverriddenAdvice(): JSX.Element {
  const { value, problem } = useAsked<Overrides>(`overrides?${query()}`);
  const parts: [string, number][] = value
    ? [
        [rt("firstSent"), value.first_sent],
        [rt("otherSent"), value.other_sent],
        [rt("notListed"), value.not_recommended],
      ]
    : [];
  const all = value?.responses ?? 0;
  return (
    <Panel title={rt("overrides")} hint={rt("overridesHint")} testid="work-overrides">
      <Problem text={problem} />
      <p class="stages">
        {parts.map(([name, n]) => (
          <span key={name}>
            {name} <b class="num">{count(n)}</b> <span class="dim">{all > 0 ? percent(n / all) : ""}</span>
          </span>
        ))}
      </p>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("whyOverride")}</th>
            <th scope="col" class="right">
              {rt("count")}
            </th>
            <th scope="col" class="right">
              {rt("meanRank")}
            </th>
          </tr>
        </thead>
        <tbody>
          {(value?.reasons ?? []).map((row) => (
            <tr key={row.reason ?? ""}>
              <th scope="row">{row.reason === null ? rt("noReason") : overrideText(row.reason)}</th>
              <td class="num right">{count(row.n)}</td>
              <td class="num right">{row.mean_rank === null ? "—" : decimal(row.mean_rank)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

export function Work(): JSX.Element {
  return (
    <div class="panels" data-testid="report-work">
      <Queue />
      <Endings />
      <Utilisation />
      <Hospitals />
      <DisputedButtons />
      <OverriddenAdvice />
    </div>
  );
}

