// The bar on top: where, when, is the picture fresh, what is degraded, and the few switches.
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { SoundSwitch } from "./alarms";
import { api } from "./api";
import { deskSheetOpen, mayHandOver } from "./desks";
import { age, clockTime, shortTime } from "./format";
import { Key } from "./keycap";
import { digits, useKeys } from "./keys";
import { lettersOpen } from "./letters";
import { openPast } from "./paststate";
import { words } from "./refusals";
import { lang, switchLang, switchTheme, theme } from "./settings";
import { degraded, demo, linkState, picture, region, session, silence_s, tickingNowMs } from "./store";
import { stopFeed } from "./socket";
import { isTextKey, t, type TextKey } from "./texts";
import { go, helpOpen, notice, page, type Page } from "./ui";

function Clock(): JSX.Element {
  const zone = region.value?.timezone ?? "UTC";
  const text = useComputed(() => clockTime(tickingNowMs(), zone));
  const speed = picture.value.clock?.speed ?? 1;
  return (
    <span class="clock">
      <time class="num">{text}</time>
      {speed !== 1 && (
        <span class="chip num" title={t("speed", { n: speed })}>
          ×{speed}
        </span>
      )}
    </span>
  );
}

function Connection(): JSX.Element {
  const old = useComputed(() => silence_s() > 4);
  const since = useComputed(() => (old.value ? t("pictureOld", { age: age(silence_s()) }) : ""));
  // A line that has gone silent is not called live, even before it is given up.
  const state = linkState.value === "live" && old.value ? "lost" : linkState.value;
  return (
    <span class={`connection ${state}`} data-testid="connection" data-state={state} role="status">
      <i class="lamp" aria-hidden="true" />
      {t(state)}
      <span class="num dim" aria-hidden="true">
        {since}
      </span>
    </span>
  );
}

export async function toggleAutopilot(): Promise<void> {
  const before = demo.peek();
  if (!before) return;
  try {
    const after = await api.demo(!before.autopilot);
    picture.value = { ...picture.peek(), demo: after };
  } catch (error) {
    notice.value = words(error);
  }
}

function Autopilot(): JSX.Element | null {
  const state = demo.value;
  if (!state) return null;
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={state.autopilot}
      data-testid="autopilot-switch"
      title={t(state.autopilot ? "autopilotOn" : "autopilotOff")}
      onClick={() => void toggleAutopilot()}
    >
      <i class="track" aria-hidden="true" />
      {t("autopilot")} <Key>P</Key>
    </button>
  );
}

/** What a part that does not do its work means to a dispatcher. */
function partText(part: string): string {
  const key = `part_${part}`;
  return isTextKey(key) ? t(key) : part;
}

const WINDOWS: readonly (readonly [page: Page, text: TextKey, key: string])[] = [
  ["map", "map", "M"],
  ["board", "board", "B"],
  ["wall", "wall", "W"],
];

const openWindow = (name: Page): void => void window.open(`#/${name}`, "_blank");
const openBoard = (hospital: string): void => void window.open(`#/hospital/${encodeURIComponent(hospital)}`, "_blank");

/** The keys that stand in the open menu; none below is heard, for a digit sends a crew there. */
function MenuKeys({ close }: { close: () => void }): null {
  const and = (doing: () => void) => () => {
    close();
    doing();
  };
  useKeys(
    {
      ...Object.fromEntries(WINDOWS.map(([name, , key]) => [`⇧${key.toLowerCase()}`, and(() => openWindow(name))] as const)),
      ...digits((i) => {
        const hospital = region.value?.hospitals[i];
        if (hospital) and(() => openBoard(hospital.id))();
      }),
      i: and(openPast),
      "⇧i": close,
      Escape: close,
    },
    true,
  );
  return null;
}

/** Panes in windows of their own, for a second monitor: they share what is chosen. */
function Windows(): JSX.Element {
  const [open, setOpen] = useState(false);
  useKeys({
    ...Object.fromEntries(WINDOWS.map(([name, , key]) => [`⇧${key.toLowerCase()}`, () => openWindow(name)] as const)),
    "⇧i": () => setOpen(true),
  });
  return (
    <details class="menu" data-testid="windows" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      {open && <MenuKeys close={() => setOpen(false)} />}
      <summary class="button quiet">
        {t("windows")} <Key>⇧I</Key>
      </summary>
      <ul>
        {WINDOWS.map(([name, text, key]) => (
          <li key={name}>
            <a class="button quiet" href={`#/${name}`} target="_blank" rel="opener">
              {t(text)} ↗ <Key>⇧{key}</Key>
            </a>
          </li>
        ))}
        <li>
          <button type="button" class="quiet" data-testid="open-past" onClick={() => openPast()}>
            {t("past")} ↗ <Key>I</Key>
          </button>
        </li>
        {region.value?.hospitals.map((each, i) => (
          <li key={each.id}>
            <a class="button quiet" href={`#/hospital/${encodeURIComponent(each.id)}`} target="_blank" rel="opener">
              {each.name} ↗ {i < 9 && <Key>{i + 1}</Key>}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Degraded(): JSX.Element | null {
  const parts = degraded.value;
  const zone = region.value?.timezone ?? "UTC";
  if (parts.length === 0) return null;
  return (
    <ul class="degraded" aria-label={t("degradedTitle")}>
      {parts.map((part) => (
        <li key={part.part} title={`${t("degradedSince", { time: shortTime(part.since_ms, zone) })} · ${part.message}`}>
          {partText(part.part)}
        </li>
      ))}
    </ul>
  );
}

export async function signOut(): Promise<void> {
  stopFeed();
  try {
    await api.signOut();
  } finally {
    session.value = null;
  }
}

export function TopBar(): JSX.Element {
  const [leaving, setLeaving] = useState(false);
  const [asked, setAsked] = useState(false);
  const where = region.value;
  const leave = (): void => {
    if (leaving) return;
    // Whoever could hand calls over is asked to, once; a second press signs out.
    if (mayHandOver.peek() && !asked) {
      setAsked(true);
      notice.value = t("deskStillYours");
      deskSheetOpen.value = true;
      return;
    }
    setLeaving(true);
    void signOut();
  };
  useKeys({ "⇧q": leave });
  return (
    <header class="topbar">
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true" class="logo">
          <path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z" />
        </svg>
        {where ? where.name[lang.value] : t("product")}
      </h1>
      <Clock />
      <Connection />
      <Degraded />
      <span class="grow" />
      <Autopilot />
      {session.value?.role === "dispatcher" && <SoundSwitch />}
      <nav>
        {session.value?.role !== "intake" && <Windows />}
        <a
          class="button quiet"
          href={page.value === "reports" ? "#/" : "#/reports"}
          data-testid="reports-link"
          onClick={(event) => {
            event.preventDefault();
            go(page.value === "reports" ? "console" : "reports");
          }}
        >
          {t(page.value === "reports" ? "console" : "reports")} <Key>R</Key>
        </a>
        <button type="button" class="quiet" data-testid="lang-switch" title={t("language")} onClick={switchLang}>
          {lang.value === "ru" ? "EN" : "РУ"} <Key>L</Key>
        </button>
        <button type="button" class="quiet" data-testid="theme-switch" title={t("theme")} onClick={switchTheme}>
          <span class="unseen">{t("theme")}</span>
          <span aria-hidden="true">{theme.value === "dark" ? "☀︎" : "☾"}</span> <Key>T</Key>
        </button>
        <button type="button" class="quiet" data-testid="letters-button" title={t("lettersTitle")} onClick={() => (lettersOpen.value = true)}>
          <span class="unseen">{t("lettersTitle")}</span>
          <Key>.</Key>
        </button>
        <button type="button" class="quiet" data-testid="help-button" title={t("help")} onClick={() => (helpOpen.value = true)}>
          <span class="unseen">{t("help")}</span>
          <Key>?</Key>
        </button>
        <button
          type="button"
          class="quiet"
          data-testid="sign-out"
          disabled={leaving}
          title={session.value?.name ?? ""}
          onClick={leave}
        >
          {t("signOut")} <Key>⇧Q</Key>
        </button>
      </nav>
    </header>
  );
}
