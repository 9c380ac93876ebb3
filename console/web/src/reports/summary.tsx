// The main figures: the share within the norm and the lengths that people ask for first, then every interval.
import type { JSX } from "preact";
import { INTERVALS } from "./address";
import { count, intervalName, length, NORMED, share } from "./figures";
import { Delta, Panel, ToCalls } from "./parts";
import type { Against, Cell, Changes, Overview } from "./shapes";
import { href, place } from "./state";
import { rt } from "./texts";

type Figure = "within_norm" | "p50" | "p90" | "n";
const HEROES: readonly (readonly [interval: string, figure: Figure])[] = [
  ["response", "within_norm"],
  ["response", "p50"],
  ["response", "p90"],
  ["response_from_notice", "p90"],
  ["processing", "p90"],
  ["turnout", "p90"],
];

function valueOf(cell: Cell, figure: Figure): string {
  return figure === "within_norm" ? share(cell.within_norm) : figure === "n" ? count(cell.n) : length(cell[figure]);
}

function confidence(cell: Cell, figure: Figure): string {
  const range = figure === "within_norm" ? cell.within_ci : figure === "p50" ? cell.p50_ci : figure === "p90" ? cell.p90_ci : null;
  if (range === null) return rt("ciNone");
  const [low, high] = figure === "within_norm" ? [share(range[0]).replace(/\s?%$/, ""), share(range[1])] : [length(range[0]), length(range[1])];
  return rt("ci", { low: low ?? "", high: high ?? "" });
}

function Hero({ interval, figure, cell, changes }: { interval: string; figure: Figure; cell: Cell | undefined; changes: Changes }): JSX.Element | null {
  if (!cell) return null;
  const name = figure === "within_norm" ? rt("within") : intervalName(interval);
  const before = changes.before?.changes[interval]?.[figure];
  const year = changes.year_before?.changes[interval]?.[figure];
  return (
    <div class={`hero${figure === "within_norm" ? " first" : ""}`} data-testid={`hero-${interval}-${figure}`}>
      <h2>
        {name} {figure !== "within_norm" && <span class="dim">{rt(figure === "p50" ? "p50s" : "p90s")}</span>}
      </h2>
      <ToCalls to={{ with_interval: interval, interval }} label={`${name}: ${valueOf(cell, figure)}. ${rt("callsTitle")}`}>
        <span class="big num">{valueOf(cell, figure)}</span>
      </ToCalls>
      <p class="under num">{cell.n === 0 ? "" : confidence(cell, figure)}</p>
      {figure === "within_norm" && (
        <p class="under num">
          {rt("ofCalls", { within: count(cell.within), n: count(cell.n) })} ·{" "}
          <ToCalls to={{ late_by: interval, interval }} testid="open-late">
            {rt("lateCount", { n: count(cell.n - cell.within) })}
          </ToCalls>
        </p>
      )}
      <dl>
        <div>
          <dt>{rt("before")}</dt>
          <dd>
            <Delta figure={figure} change={before} />
          </dd>
        </div>
        {year && (
          <div>
            <dt>{rt("yearBefore")}</dt>
            <dd>
              <Delta figure={figure} change={year} />
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

export function Heroes({ shown, changes }: { shown: Overview; changes: Changes }): JSX.Element {
  return (
    <div class="heroes" data-testid="report-heroes">
      {HEROES.map(([interval, figure]) => (
        <Hero key={`${interval}${figure}`} interval={interval} figure={figure} cell={shown.intervals[interval]} changes={changes} />
      ))}
    </div>
  );
}

function Row({ interval, cell, compared }: { interval: string; cell: Cell; compared: readonly Against[] }): JSX.Element {
  const chosen = place.value.interval === interval;
  const normed = NORMED.has(interval);
  return (
    <tr class={chosen ? "chosen" : ""} data-testid={`interval-${interval}`}>
      <th scope="row">
        <a href={href({ interval })} aria-current={chosen ? "true" : undefined}>
          {intervalName(interval)}
        </a>
      </th>
      <td class="num right">
        <ToCalls to={{ with_interval: interval, interval }}>{count(cell.n)}</ToCalls>
      </td>
      {(["p50", "p90", "p95", "mean", "max"] as const).map((figure) => (
        <td key={figure} class={`num right${figure === "p90" ? " strong" : figure === "mean" || figure === "max" ? " dim" : ""}`}>
          {length(cell[figure])}
        </td>
      ))}
      <td class="num right">{normed ? share(cell.within_norm) : ""}</td>
      {compared.map((each, i) => (
        <td key={i} class="right">
          <Delta figure="p90" change={each.changes[interval]?.p90} />
        </td>
      ))}
      <td class="num right dim">{cell.negative + cell.missing > 0 ? count(cell.negative + cell.missing) : ""}</td>
    </tr>
  );
}

export function IntervalTable({ shown, changes }: { shown: Overview; changes: Changes }): JSX.Element {
  const versus = place.value.versus;
  const columns: [string, Against][] = [];
  if (changes.before) columns.push([rt("before"), changes.before]);
  if (changes.year_before && Object.keys(changes.year_before.changes).length > 0) columns.push([rt("yearBefore"), changes.year_before]);
  if (changes.versus) columns.push([rt("versusLog", { name: versus }), changes.versus]);
  return (
    <Panel title={rt("allIntervals")} wide testid="report-intervals">
      <div class="scrolls" tabIndex={0} role="group" aria-label={rt("allIntervals")}>
        <table class="grid" data-testid="report-table">
          <thead>
            <tr>
              <th scope="col">{rt("interval")}</th>
              <th scope="col" class="right">
                {rt("n")}
              </th>
              {(["p50s", "p90s", "p95s", "mean", "max"] as const).map((key) => (
                <th key={key} scope="col" class="right">
                  {rt(key)}
                </th>
              ))}
              <th scope="col" class="right">
                {rt("within")}
              </th>
              {columns.map(([name]) => (
                <th key={name} scope="col" class="right">
                  p90 {name}
                </th>
              ))}
              <th scope="col" class="right">
                {rt("without")}
              </th>
            </tr>
          </thead>
          <tbody>
            {INTERVALS.map((interval) => {
              const cell = shown.intervals[interval];
              return cell ? <Row key={interval} interval={interval} cell={cell} compared={columns.map(([, each]) => each)} /> : null;
            })}
          </tbody>
        </table>
      </div>
      <p class="legend">{rt("legend")}</p>
    </Panel>
  );
}
