// A hospital's board: who comes, with what, when; "ready" goes to the crew, "handed over" into the journal.
import { signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, Refusal } from "./api";
import { serviceTime, startClock, type ClockEstimate } from "./clock";
import { age, clockTime, minutes, shortTime } from "./format";
import { kindName, reasonText } from "./names";
import { PriorityMark } from "./parts";
import { words } from "./refusals";
import { lang, switchLang, switchTheme, theme } from "./settings";
import { region, session, tick } from "./store";
import { t, tCode } from "./texts";
import { signOut } from "./topbar";
import { pageArgument } from "./ui";
import type { ComingRow, HospitalBoard } from "./views";

const ASK_MS = 3000;
const board = signal<HospitalBoard | null>(null);
const problem = signal<string | null>(null);
const clock = signal<ClockEstimate | null>(null);
/** Our own time of the last answer; after so long without one the board says how old it is. */
const heard_ms = signal(performance.now());
const OLD_S = 7;
/** When the board was last told how things stand, and the service's time then. */
let told_ms = 0;

async function load(): Promise<void> {
  try {
    const hospital = session.peek()?.role === "hospital" ? null : pageArgument();
    const loaded = await api.board(hospital === null ? null : decodeURIComponent(hospital));
    told_ms = loaded.now_ms;
    clock.value = startClock(loaded.now_ms, loaded.speed, performance.now());
    board.value = loaded;
    heard_ms.value = performance.now();
    problem.value = null;
  } catch (error) {
    problem.value = error instanceof Refusal && error.code !== "unreachable" ? words(error) : null;
  }
}

const nowHere = (): number => {
  void tick.value;
  return clock.value ? serviceTime(clock.value, performance.now()) : Date.now();
};

/** An old board looks like a new one: arrivals count on by themselves. */
function Old(): JSX.Element | null {
  const old_s = useComputed(() => (tick.value, Math.floor((performance.now() - heard_ms.value) / 1000)));
  if (old_s.value < OLD_S) return null;
  return (
    <p class="banner strong" role="alert" data-testid="board-old">
      {t("pictureOldLong", { age: age(old_s.value) })}
    </p>
  );
}

function Arrival({ row }: { row: ComingRow }): JSX.Element {
  const text = useComputed(() => {
    if (row.status === "at_hospital" || row.status === "handed_over") return t("arrived");
    if (row.eta_s === null) return t("stillOnScene");
    return t("arrivesIn", { time: minutes(Math.max(0, row.eta_s - (nowHere() - told_ms) / 1000)) });
  });
  return <b class={row.status === "at_hospital" ? "num arrived" : "num"}>{text}</b>;
}

function Coming({ row, own }: { row: ComingRow; own: boolean }): JSX.Element {
  const [wrong, setWrong] = useState<string | null>(null);
  const zone = region.value?.timezone ?? "UTC";
  const act = async (doing: () => Promise<unknown>): Promise<void> => {
    try {
      await doing();
      setWrong(null);
      await load();
    } catch (error) {
      setWrong(words(error));
    }
  };
  return (
    <li class={`coming status-${row.status}`} data-testid={`coming-${row.number}`} data-status={row.status}>
      <PriorityMark priority={row.priority} />
      <div class="grow">
        <p class="comingwhat">{reasonText(row.reason)}</p>
        <p class="dim">
          {row.patient !== null && <span>{row.patient} · </span>}
          {t("crew")} <b class="num">{row.call_sign}</b> {kindName(row.crew_kind)} · {tCode(row.status)}
        </p>
        {wrong !== null && (
          <p class="problem" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <Arrival row={row} />
      {own && row.status !== "handed_over" && (
        <span class="row">
          {row.ready_ms === null ? (
            <button type="button" data-testid={`ready-${row.number}`} onClick={() => void act(() => api.ready(row.assignment))}>
              {t("ready")}
            </button>
          ) : (
            <span class="num good">{t("readySaid", { time: shortTime(row.ready_ms, zone) })}</span>
          )}
          {(row.status === "left_scene" || row.status === "at_hospital") && (
            <button type="button" class={row.status === "at_hospital" ? "primary" : ""} data-testid={`handed-over-${row.number}`} onClick={() => void act(() => api.handedOver(row.assignment))}>
              {t("takeOver")}
            </button>
          )}
        </span>
      )}
    </li>
  );
}

export function HospitalPage(): JSX.Element {
  useEffect(() => {
    void load();
    const timer = window.setInterval(() => void load(), ASK_MS);
    return () => window.clearInterval(timer);
  }, []);
  const zone = region.value?.timezone ?? "UTC";
  const time = useComputed(() => clockTime(nowHere(), zone));
  const own = session.value?.role === "hospital";
  const eta = (row: ComingRow): number => (row.status === "at_hospital" ? -1 : row.status === "handed_over" ? 1e9 : (row.eta_s ?? 1e6));
  const rows = [...(board.value?.coming ?? [])].sort((a, b) => eta(a) - eta(b));
  return (
    <main class="hospitalpage" data-testid="hospital-board">
      <header class="row">
        <h1>{board.value?.hospital.name ?? t("hospital")}</h1>
        <span class="grow" />
        <time class="num">{time}</time>
        <button type="button" class="quiet" data-testid="lang-switch" onClick={switchLang}>
          {lang.value === "ru" ? "EN" : "РУ"}
        </button>
        <button type="button" class="quiet" aria-label={t("theme")} onClick={switchTheme}>
          <span aria-hidden="true">{theme.value === "dark" ? "☀︎" : "☾"}</span>
        </button>
        {own && (
          <button type="button" class="quiet" onClick={() => void signOut()}>
            {t("signOut")}
          </button>
        )}
      </header>
      <Old />
      {problem.value !== null && (
        <p class="banner strong" role="alert" data-testid="banner">
          {problem.value}
        </p>
      )}
      <h2>
        {t("coming")} <span class="count num">{rows.length}</span>
      </h2>
      {rows.length === 0 ? (
        <p class="empty">{t("comingNone")}</p>
      ) : (
        <ol class="cominglist">
          {rows.map((row) => (
            <Coming key={row.assignment} row={row} own={own} />
          ))}
        </ol>
      )}
    </main>
  );
}
