// The workplaces on one sheet: who is where, sitting down, relieving, ending a shift with a named successor.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { deskApi } from "./deskapi";
import { deskName, desks, deskSheetOpen, postOf } from "./desks";
import { isManned } from "./deskqueue";
import type { Workplace } from "./deskviews";
import { shortTime } from "./format";
import { Key } from "./keycap";
import { digits, useKeys } from "./keys";
import { Since } from "./parts";
import { words } from "./refusals";
import { queue, region, session } from "./store";
import { t } from "./texts";
import { lang } from "./settings";

/** Digits for as many as there are keys. */
const KEYED = 9;

function callsOf(desk: string): number {
  return queue.value.filter((row) => row.incident.owner === desk).length;
}

function Who({ desk }: { desk: Workplace }): JSX.Element {
  const post = postOf(desk.id);
  if (post === null) return <span class="dim">{t("deskNobody")}</span>;
  const zone = region.value?.timezone ?? "UTC";
  return (
    <span>
      <b>{post.name}</b>
      {post.user === session.value?.user && <span class="dim"> ({t("deskMe")})</span>}{" "}
      <span class="num dim">{post.since_ms === null ? "" : shortTime(post.since_ms, zone)}</span>
      {post.silent_ms !== null && (
        <span class="caution">
          {" "}
          · {t("lost")} <Since from_ms={post.silent_ms} />
        </span>
      )}
    </span>
  );
}

/** What a press on a desk does: sit down, relieve, leave, or take the calls of one who is gone. */
function actOf(desk: Workplace): "deskSit" | "deskRelieve" | "deskLeave" | "deskTakeAll" {
  const post = postOf(desk.id);
  if (post === null) return "deskSit";
  if (post.user === session.value?.user) return "deskLeave";
  return post.silent_ms === null ? "deskRelieve" : "deskTakeAll";
}

function Successors({ leaving, onPick, onBack }: { leaving: Workplace; onPick: (successor: string | null) => void; onBack: () => void }): JSX.Element {
  const others = desks.value.workplaces.filter((desk) => desk.id !== leaving.id && isManned(desks.value, desk.id));
  useKeys({ ...digits((i) => (others[i] === undefined ? undefined : onPick(others[i].id))), 0: () => onPick(null), Escape: onBack }, true);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.querySelector("button")?.focus(), []);
  return (
    <div ref={box} class="successors" data-testid="successors">
      <h3>
        {leaving[lang.value]}: {t("deskSuccessor", { n: callsOf(leaving.id) })} <Key>Esc</Key>
      </h3>
      {others.slice(0, KEYED).map((desk, i) => (
        <button key={desk.id} type="button" data-testid={`successor-${desk.id}`} onClick={() => onPick(desk.id)}>
          <Key>{i + 1}</Key> <b>{postOf(desk.id)?.name}</b> · {desk[lang.value]}
        </button>
      ))}
      <button type="button" class="quiet" data-testid="successor-senior" onClick={() => onPick(null)}>
        <Key>0</Key> {t("deskToSenior")}
      </button>
    </div>
  );
}

export function DeskSheet(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [leaving, setLeaving] = useState<Workplace | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const close = (): void => {
    deskSheetOpen.value = false;
  };
  const end = async (desk: Workplace, successor: string | null): Promise<void> => {
    setLeaving(null);
    setProblem(null);
    try {
      const answer = await deskApi.end(desk.id, successor);
      setDone(t("deskHandedOver", { n: answer.calls.length }));
    } catch (error) {
      setProblem(words(error));
    }
  };
  const press = async (desk: Workplace): Promise<void> => {
    setProblem(null);
    setDone(null);
    const act = actOf(desk);
    if (act === "deskLeave" && callsOf(desk.id) > 0) return setLeaving(desk);
    if (act === "deskLeave" || act === "deskTakeAll") return end(desk, null);
    try {
      await deskApi.open(desk.id);
    } catch (error) {
      setProblem(words(error));
    }
  };
  const all = desks.value.workplaces;
  useKeys({ ...digits((i) => (all[i] === undefined ? undefined : void press(all[i]))), Escape: close, w: close }, true);
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <div class="veil" onClick={close}>
      <div ref={box} class="sheet desksheet" role="dialog" aria-modal="true" aria-label={t("workplaces")} tabIndex={-1} data-testid="desk-sheet" onClick={(event) => event.stopPropagation()}>
        <div class="panehead">
          <h2>{t("workplaces")}</h2>
          <span class="grow" />
          <button type="button" class="quiet" onClick={close}>
            {t("close")} <Key>Esc</Key>
          </button>
        </div>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {done && (
          <p class="done" role="status" data-testid="desk-done">
            {done}
          </p>
        )}
        {leaving ? (
          <Successors leaving={leaving} onPick={(successor) => void end(leaving, successor)} onBack={() => setLeaving(null)} />
        ) : (
          <ul class="desks">
            {all.map((desk, i) => (
              <li key={desk.id} data-testid={`desk-${desk.id}`} data-user={postOf(desk.id)?.user ?? ""}>
                <b class="deskof">{desk[lang.value]}</b>
                <span class="grow">
                  <Who desk={desk} />
                </span>
                <span class="num dim">{t("deskCalls", { n: callsOf(desk.id) })}</span>
                <button type="button" data-testid={`desk-act-${desk.id}`} onClick={() => void press(desk)}>
                  {t(actOf(desk))}
                  <span class="unseen"> {deskName(desk.id)}</span> {i < KEYED && <Key>{i + 1}</Key>}
                </button>
              </li>
            ))}
          </ul>
        )}
        <p class="dim deskhint">{t("deskHint")}</p>
      </div>
    </div>
  );
}
