// The reports: what is shown is written in the address, and every figure leads to its calls.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Key } from "../keycap";
import { useKeys } from "../keys";
import { Safe } from "../safe";
import { lang, switchLang, switchTheme } from "../settings";
import { nowMs, region, session } from "../store";
import { go } from "../ui";
import { api } from "../api";
import { CallView } from "./call";
import { CallsView } from "./calls";
import { EndedView } from "./ended";
import { Distribution } from "./distribution";
import { Doubts } from "./doubts";
import { dayText, instant } from "./figures";
import { FilesView } from "./files";
import { Filters } from "./filters";
import { Form109, Form110 } from "./forms";
import { HeatMap } from "./heatmap";
import { LateMap } from "./latemap";
import { League } from "./league";
import { Nothing, Problem } from "./parts";
import "./reports.css";
import "./filters.css";
import "./summary.css";
import "./panels.css";
import "./tables.css";
import "./charts.css";
import "./heatmap.css";
import "./league.css";
import "./doubts.css";
import "./call.css";
import "./forms.css";
import "./narrow.css";
// last: on paper its rules hold over all the others
import "./print.css";
import type { ImportedLog, Overview } from "./shapes";
import { href, isLive, place, query, seesAll, useAsked, zone } from "./state";
import { Heroes, IntervalTable } from "./summary";
import { TableView } from "./table";
import { rt } from "./texts";
import { Trend } from "./trend";
import { Work } from "./work";

const TABS = ["overview", "work", "table", "files"] as const;

/** Fine steps; the picture puts them together as it needs. */
const STEP_S = 60;

function OverviewView({ usual_s }: { usual_s: number }): JSX.Element {
  const { interval, versus, norm } = place.value;
  const asked = query({ interval, step_s: String(STEP_S), ...(versus === "" ? {} : { versus }) });
  const { value, problem, loading } = useAsked<Overview>(`overview?${asked}`, isLive());
  const norm_s = norm === null ? usual_s : norm * 60;
  const empty = value !== null && (value.left_out.responses ?? 0) === 0;
  return (
    <div class={loading && value !== null ? "busy" : ""} aria-busy={loading} data-testid="report-overview" data-loading={loading}>
      <Problem text={problem} />
      {value === null && problem === null && <p class="nothing">{rt("loading")}</p>}
      {empty && <Nothing />}
      {value && !empty && (
        <>
          <Heroes shown={value} changes={value.changes} />
          <div class="panels">
            <HeatMap rows={value.heat} interval={value.interval} norm_s={norm_s} />
            <Distribution interval={value.interval} cell={value.intervals[value.interval]} steps={value.distribution} norm_s={norm_s} />
            <Trend rows={value.trend} by={value.trend_by} interval={value.interval} norm_s={norm_s} />
            <League rows={value.league} interval={value.interval} />
            <Safe>
              <LateMap interval={value.interval} />
            </Safe>
            <IntervalTable shown={value} changes={value.changes} />
            <Doubts shown={value} />
          </div>
        </>
      )}
      {empty && value && <Doubts shown={value} />}
    </div>
  );
}

function Head(): JSX.Element {
  const { view, period } = place.value;
  const name = region.value?.name[lang.value] ?? "";
  const alone = session.value?.role === "federal";
  return (
    <header class="reporthead">
      <h1>{rt("title")}</h1>
      <nav aria-label={rt("title")}>
        {TABS.map((tab) => (
          <a key={tab} href={href({ view: tab, argument: "" })} aria-current={view === tab ? "page" : undefined} data-testid={`tab-${tab}`}>
            {rt(tab)}
          </a>
        ))}
      </nav>
      <span class="printonly">
        {name} · {dayText(period.from)} – {dayText(period.to)} · {rt("printed", { time: instant(nowMs(), zone()) })}
      </span>
      <span class="grow" />
      {region.value?.demo && <span class="madeup">{rt("madeUp")}</span>}
      <button type="button" class="noprint" data-testid="report-print" onClick={() => window.print()}>
        {rt("print")}
      </button>
      {alone && (
        <button type="button" class="quiet noprint" onClick={() => void api.signOut().then(() => (session.value = null))}>
          {session.value?.name} ×
        </button>
      )}
    </header>
  );
}

export default function ReportsPage(): JSX.Element {
  const [read, setRead] = useState(0);
  const logs = useAsked<{ imports: ImportedLog[] }>(`imports?n=${read}`).value?.imports ?? [];
  const usual_s = region.value?.norm_s ?? 1200;
  const { view, argument } = place.value;
  useKeys({
    Escape: () => (["calls", "ended", "form109", "form110"].includes(view) ? history.back() : session.value?.role === "federal" ? undefined : go("console")),
    ...(seesAll() ? { l: switchLang, t: switchTheme } : {}),
  });
  const filtered = !["call", "form109", "form110"].includes(view);
  return (
    <main class="reports" data-testid="reports" data-view={view}>
      <Head />
      {(view === "calls" || view === "ended") && (
        <p class="crumb noprint">
          <a href={href({ view: "overview", argument: "", why: "", late_by: "", with_interval: "" })}>{rt("overview")}</a>
          <button type="button" class="quiet" onClick={() => history.back()}>
            {rt("back")} <Key>Esc</Key>
          </button>
        </p>
      )}
      {filtered && <Filters logs={logs} />}
      <Safe key={view + argument}>
        {view === "work" ? (
          <Work />
        ) : view === "table" ? (
          <TableView />
        ) : view === "files" ? (
          <FilesView logs={logs} onLogs={() => setRead(read + 1)} />
        ) : view === "calls" ? (
          <CallsView usual_s={usual_s} />
        ) : view === "ended" ? (
          <EndedView />
        ) : view === "call" ? (
          <CallView key={argument} />
        ) : view === "form109" ? (
          <Form109 />
        ) : view === "form110" ? (
          <Form110 />
        ) : (
          <OverviewView usual_s={usual_s} />
        )}
      </Safe>
    </main>
  );
}
