// Any two dimensions as a table, of whichever figure; each number opens its calls.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { DIMENSIONS, INTERVALS, type Dimension } from "./address";
import { count, intervalName, length, NORMED, share, valueName } from "./figures";
import { Choice, goTo, Nothing, Panel, Problem, ToCalls } from "./parts";
import type { Cell, Group, Key } from "./shapes";
import { place, query, useAsked } from "./state";
import { rt, rtCode } from "./texts";

const FIGURES = ["n", "p50", "p90", "p95", "mean", "max", "within_norm"] as const;
type Figure = (typeof FIGURES)[number];
const NAMES: Record<Figure, string> = { n: "responses", p50: "p50s", p90: "p90s", p95: "p95s", mean: "mean", max: "max", within_norm: "within" };
/** Wider than this is no table that a person reads: the second dimension then goes into rows. */
const WIDEST = 31;
/** Of so few a figure says little, and is written pale. */
const FEW = 8;

function say(figure: Figure, cell: Cell): string {
  return figure === "n" ? count(cell.n) : figure === "within_norm" ? share(cell.within_norm) : length(cell[figure]);
}

const text = (key: Key): string => String(key ?? "");

function Crossed({ rows, by, interval, figure }: { rows: Group[]; by: readonly Dimension[]; interval: string; figure: Figure }): JSX.Element {
  const [down = "substation", across] = by;
  const columns = across ? [...new Map(rows.map((row) => [text(row.key[1] ?? null), row.key[1] ?? null])).values()].sort(order) : [];
  const lines = [...new Map(rows.map((row) => [text(row.key[0] ?? null), row.key[0] ?? null])).values()];
  const at = new Map(rows.map((row) => [row.key.map(text).join("\u0000"), row.cells[interval]]));
  const link = (key: Key, other?: Key): { only: typeof place.value.only; with_interval: string } => ({
    only: { ...place.value.only, [down]: [text(key)], ...(across && other !== undefined ? { [across]: [text(other)] } : {}) },
    with_interval: interval,
  });
  if (across && columns.length <= WIDEST) {
    return (
      <table class="grid cross" data-testid="report-cross">
        <thead>
          <tr>
            <th scope="col">
              {rtCode("d_", down)} × {rtCode("d_", across)}
            </th>
            {columns.map((column) => (
              <th key={text(column)} scope="col" class="right">
                {valueName(across, column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={text(line)}>
              <th scope="row">{valueName(down, line)}</th>
              {columns.map((column) => {
                const cell = at.get([line, column].map(text).join("\u0000"));
                return (
                  <td key={text(column)} class={`num right${cell && cell.n < FEW ? " few" : ""}`} title={cell && cell.n > 0 ? `n ${count(cell.n)}` : undefined}>
                    {cell && cell.n > 0 ? <ToCalls to={link(line, column)}>{say(figure, cell)}</ToCalls> : ""}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  return (
    <table class="grid" data-testid="report-cross">
      <thead>
        <tr>
          {by.map((each) => (
            <th key={each} scope="col">
              {rtCode("d_", each)}
            </th>
          ))}
          {FIGURES.filter((each) => each !== "within_norm" || NORMED.has(interval)).map((each) => (
            <th key={each} scope="col" class="right">
              {rtCode("", NAMES[each])}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const cell = row.cells[interval];
          if (!cell) return null;
          return (
            <tr key={row.key.map(text).join("\u0000")}>
              {by.map((each, i) => (
                <th key={each} scope="row">
                  {valueName(each, row.key[i] ?? null)}
                </th>
              ))}
              {FIGURES.filter((each) => each !== "within_norm" || NORMED.has(interval)).map((each) => (
                <td key={each} class="num right">
                  {each === "n" ? <ToCalls to={link(row.key[0] ?? null, row.key[1])}>{say(each, cell)}</ToCalls> : say(each, cell)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function order(a: Key, b: Key): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return a === null ? 1 : b === null ? -1 : String(a).localeCompare(String(b), undefined, { numeric: true });
}

export function TableView(): JSX.Element {
  const { interval, by: asked } = place.value;
  const by: readonly Dimension[] = asked.length > 0 ? asked : ["substation", "priority"];
  const [figure, setFigure] = useState<Figure>("p90");
  const [down = "substation", across] = by;
  const dimensions = by.map((each) => `by=${each}`).join("&");
  const { value, problem, loading } = useAsked<{ rows: Group[] }>(`table?${dimensions}&${query({ interval })}`);
  const names = DIMENSIONS.map((each) => [each, rtCode("d_", each)] as const);
  const shown: Figure = figure === "within_norm" && !NORMED.has(interval) ? "p90" : figure;
  return (
    <Panel
      wide
      title={`${intervalName(interval)}: ${rtCode("d_", down)}${across ? ` × ${rtCode("d_", across)}` : ""}`}
      testid="report-cross-panel"
      aside={
        <>
          <Choice label={rt("rows")} testid="cross-rows" value={down} values={names} onChange={(each) => goTo({ by: across && across !== each ? [each, across] : [each] })} />
          <Choice
            label={rt("columns")}
            testid="cross-columns"
            value={across ?? ""}
            values={[["", rt("noColumns")] as const, ...names.filter(([each]) => each !== down)]}
            onChange={(each) => goTo({ by: each === "" ? [down] : [down, each] })}
          />
          <Choice label={rt("interval")} testid="cross-interval" value={interval} values={INTERVALS.map((each) => [each, intervalName(each)] as const)} onChange={(each) => goTo({ interval: each })} />
          {across && (
            <Choice
              label={rt("figure")}
              testid="cross-figure"
              value={shown}
              values={FIGURES.filter((each) => each !== "within_norm" || NORMED.has(interval)).map((each) => [each, rtCode("", NAMES[each])] as const)}
              onChange={setFigure}
            />
          )}
        </>
      }
    >
      <Problem text={problem} />
      {value && value.rows.length === 0 && <Nothing />}
      {value && value.rows.length > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-label={rt("table")} aria-busy={loading}>
          <Crossed rows={value.rows} by={by} interval={interval} figure={shown} />
        </div>
      )}
    </Panel>
  );
}
