// Taking figures out and bringing logs in: exports with their dictionary, printable forms, logs from elsewhere.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Refusal } from "../api";
import { words } from "../refusals";
import { session } from "../store";
import { count, instant } from "./figures";
import { Panel, Problem } from "./parts";
import { isDay, addDays } from "./period";
import type { Calls, Column, ImportedLog } from "./shapes";
import { goTo, href, place, query, today, useAsked, zone } from "./state";
import { meaningOf, unitOf } from "./dictionarytexts";
import { rt } from "./texts";

const FORMATS = ["csv", "xlsx", "parquet", "json"] as const;
type Format = (typeof FORMATS)[number];

/** Why it is taken out, as the journal will say. */
const LEAST_WHY = 4;

async function refusal(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string; field?: string } };
  return new Refusal(response.status, body.error?.code ?? `http-${response.status}`, body.error?.message ?? response.statusText, body.error?.field ?? null);
}

async function take(format: Format, personal: boolean, why: string): Promise<void> {
  const more: Record<string, string> = { format, personal: String(personal) };
  if (personal) more.purpose = why;
  const response = await fetch(`/api/reports/export?${query(more)}`, { credentials: "same-origin" });
  if (!response.ok) throw await refusal(response);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `responses-${place.value.period.from}-${place.value.period.to}.${format}`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Exports(): JSX.Element {
  const [personal, setPersonal] = useState(false);
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState<Format | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const total = useAsked<Calls>(`calls?${query({ limit: "1" })}`).value?.total;
  const dictionary = useAsked<{ columns: Column[] }>(`dictionary?personal=${personal}`);
  const sees = session.value?.role !== "federal";
  const ready = !personal || why.trim().length >= LEAST_WHY;
  const download = (format: Format): void => {
    setBusy(format);
    setProblem(null);
    take(format, personal, why.trim())
      .catch((error: unknown) => setProblem(words(error)))
      .finally(() => setBusy(null));
  };
  return (
    <Panel wide title={rt("exports")} hint={total === undefined ? "" : rt("exportsHint", { n: count(total) })} testid="report-exports">
      {sees && (
        <div class="row">
          <label class="tick">
            <input type="checkbox" checked={personal} data-testid="export-personal" onChange={(event) => setPersonal(event.currentTarget.checked)} />
            <span>{rt("personal")}</span>
          </label>
          <span class="dim">{rt("personalHint")}</span>
        </div>
      )}
      {personal && (
        <label class="why">
          <span>{rt("personalWhy")}</span>
          <input type="text" value={why} maxLength={300} required data-testid="export-why" onInput={(event) => setWhy(event.currentTarget.value)} />
        </label>
      )}
      <div class="row buttons">
        {FORMATS.map((format) => (
          <button key={format} type="button" disabled={!ready || busy !== null} data-testid={`export-${format}`} onClick={() => download(format)}>
            {busy === format ? rt("loading") : rt("download", { format: format.toUpperCase() })}
          </button>
        ))}
      </div>
      <Problem text={problem} />
      <details class="behind">
        <summary data-testid="export-dictionary">{rt("dictionary")}</summary>
        <div class="scrolls" tabIndex={0} role="group" aria-label={rt("dictionary")}>
          <table class="grid">
            <thead>
              <tr>
                <th scope="col">{rt("column")}</th>
                <th scope="col">{rt("meaning")}</th>
                <th scope="col">{rt("unitOf")}</th>
                <th scope="col">NEMSIS</th>
              </tr>
            </thead>
            <tbody>
              {(dictionary.value?.columns ?? []).map((column) => (
                <tr key={column.name}>
                  <th scope="row">
                    <code>{column.name}</code>
                  </th>
                  <td>{meaningOf(column)}</td>
                  <td>{unitOf(column.unit)}</td>
                  <td>{column.nemsis}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Panel>
  );
}

function Forms(): JSX.Element {
  const [day, setDay] = useState(addDays(today(), -1));
  return (
    <Panel title={rt("forms")} hint={rt("formsHint")} testid="report-forms">
      <div class="row">
        <label class="day">
          <span>{rt("form109")}</span>
          <input type="date" class="num" value={day} data-testid="form109-day" onChange={(event) => isDay(event.currentTarget.value) && setDay(event.currentTarget.value)} />
        </label>
        <a class="button" href={href({ view: "form109", argument: day })} data-testid="form109-open">
          {rt("open")}
        </a>
      </div>
      <p class="dim">
        {rt("form110")}: {rt("form110Hint")}
      </p>
    </Panel>
  );
}

function Logs({ logs, onChange }: { logs: readonly ImportedLog[]; onChange: () => void }): JSX.Element {
  const [name, setName] = useState("");
  const [own, setOwn] = useState(zone());
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const keeps = session.value?.role === "admin";
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!file) return;
    setBusy(true);
    setProblem(null);
    setSaid(null);
    try {
      const asked = new URLSearchParams({ name: name.trim(), timezone: own.trim() });
      const response = await fetch(`/api/reports/imports?${asked.toString()}`, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "text/csv" }, body: file });
      if (!response.ok) throw await refusal(response);
      const read = (await response.json()) as { import: ImportedLog };
      setSaid(rt("readDone", { n: count(read.import.rows) }));
      onChange();
    } catch (error) {
      setProblem(words(error));
    } finally {
      setBusy(false);
    }
  };
  const drop = async (log: ImportedLog): Promise<void> => {
    const response = await fetch(`/api/reports/imports/${encodeURIComponent(log.name)}`, { method: "DELETE", credentials: "same-origin" });
    if (!response.ok) setProblem(words(await refusal(response)));
    onChange();
  };
  return (
    <Panel title={rt("logs")} hint={rt("logsHint")} testid="report-logs">
      {logs.length === 0 && <p class="dim">{rt("noLogs")}</p>}
      <table class="grid">
        <tbody>
          {logs.map((log) => (
            <tr key={log.name} data-testid={`log-${log.name}`}>
              <th scope="row">{log.name}</th>
              <td class="num right">{count(log.rows)}</td>
              <td class="num">{instant(log.at_ms, zone())}</td>
              <td>
                <button type="button" onClick={() => goTo({ view: "overview", source: log.name, only: {}, period: { kind: "own", from: "2000-01-01", to: today() } })}>
                  {rt("look")}
                </button>{" "}
                <button type="button" onClick={() => goTo({ view: "overview", versus: log.name })}>
                  {rt("versus")}
                </button>{" "}
                {keeps && (
                  <button type="button" class="quiet" onClick={() => void drop(log)}>
                    {rt("drop")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {keeps && (
        <form class="logform" onSubmit={(event) => void send(event)}>
          <label>
            <span>{rt("logFile")}</span>
            <input type="file" accept=".csv,text/csv" required data-testid="log-file" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
          </label>
          <label>
            <span>{rt("logName")}</span>
            <input type="text" required maxLength={100} value={name} data-testid="log-name" onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <label>
            <span>{rt("logZone")}</span>
            <input type="text" required value={own} data-testid="log-zone" onInput={(event) => setOwn(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={busy} data-testid="log-read">
            {rt(busy ? "reading" : "readIn")}
          </button>
        </form>
      )}
      {said && (
        <p role="status" data-testid="log-said">
          {said}
        </p>
      )}
      <Problem text={problem} />
    </Panel>
  );
}

export function FilesView({ logs, onLogs }: { logs: readonly ImportedLog[]; onLogs: () => void }): JSX.Element {
  return (
    <div class="panels" data-testid="report-files">
      <Exports />
      <Forms />
      <Logs logs={logs} onChange={onLogs} />
    </div>
  );
}
