// The slider over the map that plays a call's past: its crews' tracks, minute by minute.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { detail } from "./detail";
import { clockTime } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { words } from "./refusals";
import { played, playedAt_ms, readTracks } from "./replaystate";
import { region } from "./store";
import { t, tCode } from "./texts";
import { replayOpen, wishMap } from "./ui";
import type { IncidentDetail } from "./views";

const STEP_MS = 10_000;
const FRAME_MS = 50;
/** A minute of the past in a second. */
const PACE = 60;

/** `of`: a call that is read apart from the desk's choice; its replay is a part of its page, and does not close. */
export function Replay({ incident, of }: { incident: string; of?: IncidentDetail }): JSX.Element {
  const [problem, setProblem] = useState<string | null>(null);
  const [playing, setPlaying] = useState(false);
  const slider = useRef<HTMLInputElement>(null);
  const lasting = of !== undefined;
  const known = of ?? (detail.value?.incident.id === incident ? detail.value : null);
  const close = (): boolean => {
    replayOpen.value = null;
    return !lasting;
  };
  const loadedFor = known !== null;
  useEffect(() => {
    if (!known) return undefined;
    let gone = false;
    readTracks(known.assignments).then(
      (tracks) => {
        if (gone) return;
        playedAt_ms.value = tracks.from_ms;
        played.value = tracks;
        slider.current?.focus();
        wishMap("replay");
      },
      (error: unknown) => setProblem(words(error)),
    );
    return () => {
      gone = true;
    };
  }, [loadedFor]);
  useEffect(
    () => () => {
      played.value = null;
    },
    [],
  );
  useEffect(() => {
    if (!playing) return undefined;
    const timer = window.setInterval(() => {
      const end = played.peek()?.to_ms ?? 0;
      playedAt_ms.value = Math.min(end, playedAt_ms.peek() + FRAME_MS * PACE);
      if (playedAt_ms.peek() >= end) setPlaying(false);
    }, FRAME_MS);
    return () => window.clearInterval(timer);
  }, [playing]);
  const move = (by_ms: number): void => {
    const span = played.peek();
    if (span) playedAt_ms.value = Math.min(span.to_ms, Math.max(span.from_ms, playedAt_ms.peek() + by_ms));
  };
  useKeys({ Escape: close, ArrowLeft: () => move(-STEP_MS), ArrowRight: () => move(STEP_MS), v: () => setPlaying(!playing) });
  const span = played.value;
  const zone = region.value?.timezone ?? "UTC";
  const empty = span !== null && span.tracks.every((track) => track.coordinates.length === 0);
  const steps = known?.assignments.flatMap((each) => Object.entries(each.times)) ?? [];
  const passed = steps.filter(([, at]) => at <= playedAt_ms.value).sort((a, b) => b[1] - a[1])[0];
  return (
    <section class="replay" aria-label={t("replay")} data-testid="replay" data-tracks={span?.tracks.length ?? 0}>
      {problem !== null || empty ? (
        <p>{problem ?? t("replayNone")}</p>
      ) : (
        <>
          <button type="button" data-testid="replay-play" onClick={() => setPlaying(!playing)}>
            {t(playing ? "replayPause" : "replayPlay")} <Key>V</Key>
          </button>
          <input
            ref={slider}
            type="range"
            data-testid="replay-slider"
            aria-label={t("replayAt")}
            aria-valuetext={clockTime(playedAt_ms.value, zone)}
            min={span?.from_ms ?? 0}
            max={span?.to_ms ?? 1}
            step={1000}
            value={playedAt_ms.value}
            onInput={(event) => {
              setPlaying(false);
              playedAt_ms.value = Number(event.currentTarget.value);
            }}
          />
          <span class="replaynow">
            <time class="num" data-testid="replay-time">
              {clockTime(playedAt_ms.value, zone)}
            </time>
            <span class="replaystep">{passed ? tCode(passed[0]) : ""}</span>
          </span>
        </>
      )}
      {!lasting && (
        <button type="button" class="quiet" data-testid="replay-close" onClick={close}>
          {t("close")} <Key>Esc</Key>
        </button>
      )}
    </section>
  );
}
