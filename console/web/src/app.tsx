// Which page is shown, to whom, and the keys that work on all of them.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { AlarmStrip } from "./alarms";
import { api, Refusal } from "./api";
import { CallForm } from "./callform";
import { ConsolePage } from "./consolepage";
import { printBoard } from "./crewingapi";
import { keptCrew } from "./crewlink";
import { CrewPage } from "./crewpage";
import { age } from "./format";
import { Help } from "./help";
import { HospitalPage } from "./hospitalpage";
import { useKeys } from "./keys";
import { Letters, lettersOpen } from "./letters";
import { PastPage } from "./pastpage";
import { ReportsPage } from "./reportspage";
import ResourcesPage from "./resourcespage";
import { Safe } from "./safe";
import { Search } from "./search";
import { lang, switchLang, switchTheme } from "./settings";
import { SignIn } from "./signin";
import { WallPage } from "./wall";
import { BoardWindow, MapWindow } from "./windowpages";
import { startFeed } from "./socket";
import { region, session, silence_s } from "./store";
import { useComputed } from "@preact/signals";
import { t } from "./texts";
import { toggleAutopilot, TopBar } from "./topbar";
import { Upgrade } from "./upgrade";
import { created, formOpen, go, helpOpen, notice, page, searchOpen } from "./ui";

const RETRY_MS = 2000;
/** After so long a silence the picture is called old across the whole page, not only in the corner. */
const OLD_PICTURE_S = 8;

async function ask(): Promise<void> {
  try {
    session.value = await api.session();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else {
      // A crew's tablet starts without a network, too, with what it knew last.
      const kept = keptCrew();
      if (kept && session.peek() === undefined) {
        region.value = kept.region;
        session.value = kept.session;
      } else window.setTimeout(() => void ask(), RETRY_MS);
    }
  }
}

async function askRegion(): Promise<void> {
  try {
    region.value = await api.region();
  } catch {
    window.setTimeout(() => void askRegion(), RETRY_MS);
  }
}

function Stale(): JSX.Element | null {
  const old = useComputed(() => may(session.value?.role) && silence_s() > OLD_PICTURE_S);
  const text = useComputed(() => (old.value ? t("pictureOldLong", { age: age(silence_s()) }) : ""));
  if (!old.value) return null;
  return (
    <p class="banner strong" role="alert" data-testid="banner">
      {text}
    </p>
  );
}

const may = (role: string | undefined): boolean => role === "dispatcher" || role === "admin";

function SignedIn(): JSX.Element {
  useEffect(() => {
    void askRegion();
    // Crews, boards and the intake have no feed: their pages ask by themselves.
    // A past minute is looked at without the feed: the two must not mix.
    if (may(session.peek()?.role) && page.peek() !== "past") startFeed();
  }, []);
  const role = session.value?.role;
  useKeys({
    "?": () => {
      helpOpen.value = true;
    },
    ".": () => {
      lettersOpen.value = true;
    },
    l: switchLang,
    t: switchTheme,
    r: () => (role === "dispatcher" || role === "admin" ? go(page.peek() === "reports" ? "console" : "reports") : undefined),
    p: () => void toggleAutopilot(),
    "-": () => (may(role) ? go(page.peek() === "resources" ? "console" : "resources") : undefined),
    0: () => (role === "dispatcher" ? printBoard() : undefined),
  });
  if (region.value === null) return <main class="empty">{t("loading")}</main>;
  // In the dispatcher's own window: danger to life stands over whatever is read there.
  const besideDesk = page.value === "reports" || page.value === "resources";
  const bare = role === "crew" || role === "hospital" || role === "federal" || page.value === "hospital" || page.value === "wall" || page.value === "past";
  const body =
    role === "crew" ? (
      <CrewPage />
    ) : role === "hospital" || page.value === "hospital" ? (
      <HospitalPage />
    ) : page.value === "wall" ? (
      <WallPage />
    ) : page.value === "map" ? (
      <MapWindow />
    ) : page.value === "board" ? (
      <BoardWindow />
    ) : role === "intake" ? (
      <main class="intake">
        <p class="banner" role="status">
          {created.value === null ? t("intakeOnly") : t("created", { n: created.value })}
        </p>
        <CallForm key={created.value} />
      </main>
    ) : page.value === "resources" && may(role) ? (
      <ResourcesPage />
    ) : page.value === "past" ? (
      <PastPage />
    ) : page.value === "reports" || role === "federal" ? (
      <ReportsPage />
    ) : (
      <ConsolePage />
    );
  return (
    <>
      {!bare && <TopBar />}
      <Stale />
      <Upgrade />
      {notice.value && (
        <p class="banner" role="alert" data-testid="banner">
          {notice.value}{" "}
          <button type="button" class="quiet" onClick={() => (notice.value = null)}>
            {t("close")}
          </button>
        </p>
      )}
      {may(role) && besideDesk && (
        <Safe>
          <AlarmStrip />
        </Safe>
      )}
      <Safe>{body}</Safe>
      {helpOpen.value && <Help />}
      {searchOpen.value && <Search />}
      {lettersOpen.value && <Letters />}
    </>
  );
}

export function App(): JSX.Element | null {
  useEffect(() => void ask(), []);
  useEffect(() => {
    document.title = `${page.value === "past" ? `${t("past")} · ` : ""}${region.value ? `${region.value.name[lang.value]} · ` : ""}${t("product")}`;
    if (formOpen.peek() && session.value === null) formOpen.value = false;
  });
  if (session.value === undefined) return <main class="empty">{t("loading")}</main>;
  return session.value === null ? <SignIn /> : <SignedIn key={session.value.user} />;
}
