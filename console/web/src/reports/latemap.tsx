// Where it was late, and how soon a free crew would be anywhere now.
import type { Feature } from "geojson";
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, type Coverage } from "../api";
import { percent } from "../format";
import { words } from "../refusals";
import { region, session } from "../store";
import { tCode } from "../texts";
import { length } from "./figures";
import { MapBox } from "./mapbox";
import { Behind, Panel } from "./parts";
import type { LatePoint } from "./shapes";
import { href, query, useAsked } from "./state";
import { rt } from "./texts";

function squares({ cells }: Coverage): Feature[] {
  return cells.minutes.flatMap((minutes, i): Feature[] => {
    if (minutes === null) return [];
    const west = cells.west_deg + (i % cells.columns) * cells.step_lon_deg;
    const south = cells.south_deg + Math.floor(i / cells.columns) * cells.step_lat_deg;
    const [east, north] = [west + cells.step_lon_deg, south + cells.step_lat_deg];
    return [{ type: "Feature", geometry: { type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }, properties: { minutes } }];
  });
}

const NONE: readonly never[] = [];
/** The colours that the map fills squares with, and until which minute. */
const REACHES: readonly (readonly [string, number | null])[] = [
  ["#1f9e89", 5],
  ["#b5de2b", 10],
  ["#fde725", 20],
  ["var(--accent)", null],
];

export function LateMap({ interval }: { interval: string }): JSX.Element {
  const found = useAsked<{ points: LatePoint[] }>(`map?${query({ interval })}`);
  const points = found.value?.points ?? NONE;
  const [covering, setCovering] = useState(false);
  const [coverage, setCoverage] = useState<Coverage | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const watches = session.value?.role !== "federal";
  useEffect(() => {
    if (!covering) return;
    api.coverage(Math.round((region.peek()?.norm_s ?? 1200) / 60)).then((found) => setCoverage(found ?? null), (error: unknown) => setProblem(words(error)));
  }, [covering]);
  const covered = useMemo(() => (covering && coverage ? squares(coverage) : NONE), [covering, coverage]);
  const reached = coverage?.addresses ?? coverage?.roads ?? null;
  return (
    <Panel
      title={rt("lateMap")}
      hint={rt("lateMapHint")}
      testid="report-map"
      aside={
        watches && (
          <button type="button" aria-pressed={covering} data-testid="report-coverage" onClick={() => setCovering(!covering)}>
            {rt("coverage")}
          </button>
        )
      }
    >
      <MapBox what={{ late: points, covered }} label={rt("lateMap")} testid="report-map-box" />
      {covering && reached !== null && (
        <p class="legend">
          {rt("coverageShare", { share: percent(reached) })}
          {REACHES.map(([colour, until]) => (
            <span key={until} class="swatch">
              <span style={{ background: colour }} /> {until === null ? rt("coverageLater") : rt("coverageWithin", { n: until })}
            </span>
          ))}
        </p>
      )}
      {(found.problem ?? problem) && <p class="problem">{found.problem ?? problem}</p>}
      <Behind>
        <table class="grid">
          <caption class="unseen">{rt("latest")}</caption>
          <thead>
            <tr>
              <th scope="col">{rt("called")}</th>
              <th scope="col">{rt("d_priority")}</th>
              <th scope="col" class="right">
                {tCode(`i_${interval}`)}
              </th>
              <th scope="col" class="right">
                {rt("over")}
              </th>
            </tr>
          </thead>
          <tbody>
            {points.slice(0, 50).map((point) => (
              <tr key={point.assignment}>
                <th scope="row">
                  <a href={href({ view: "call", argument: point.incident })}>{point.incident}</a>
                </th>
                <td>{point.priority ?? "—"}</td>
                <td class="num right">{length(point.seconds)}</td>
                <td class="num right late">+{length(point.late_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Behind>
    </Panel>
  );
}
