// How sure the chosen unit's position is: what it rests on, what speaks against it, and a person's word that it is right.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "./api";
import { distance } from "./format";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { Since } from "./parts";
import { words } from "./refusals";
import { signOf } from "./store";
import { isTextKey, t } from "./texts";
import type { UnitView, Whereabouts } from "./views";

const EVERY_MS = 3000;

/** Codes of `tracking.trust.Reason` that a newer service may send have no words here: then their name must do. */
function why(reasons: readonly string[]): string {
  return reasons
    .map((code) => {
      const key: string = `doubt_${code}`;
      return isTextKey(key) ? t(key) : code.replaceAll("_", " ");
    })
    .join(", ");
}

export function Doubt({ unit }: { unit: UnitView }): JSX.Element | null {
  const [seen, setSeen] = useState<Whereabouts | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    const ask = (): void => {
      // What cannot be asked just now is asked again; the map shows the doubt by itself.
      api.whereabouts(unit.id, asking.signal).then(setSeen, () => undefined);
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      asking.abort();
      clearInterval(timer);
    };
  }, [unit.id]);
  const doubt = seen?.doubt?.ended_ms === null ? seen.doubt : null;
  const believe = async (): Promise<void> => {
    setProblem(null);
    try {
      setSeen(await api.believe(unit.id));
    } catch (error) {
      setProblem(words(error));
    }
  };
  useKeys({
    q: () => {
      if (doubt === null) return false;
      void believe();
      return true;
    },
  });
  const at = seen?.position;
  if (!seen || (!at && !doubt)) return null;
  const rests = [
    ...(at ? [t("within", { radius: distance(at.radius_m) })] : []),
    ...(at && at.satellites !== null ? [t("satellites", { n: at.satellites })] : []),
    ...(at && at.constellations.length > 0 ? [at.constellations.join(" + ")] : []),
    ...(at && !doubt && at.reasons.length > 0 ? [why(at.reasons)] : []),
  ];
  return (
    <>
      <p class="dim" data-testid="unit-rests">
        {rests.join(" · ")}
      </p>
      {doubt && (
        <section class="doubt" aria-label={t("doubted")} data-testid="unit-doubt">
          <p>
            <b>{t("doubted")}</b> <Since from_ms={doubt.since_ms} /> — {why(doubt.reasons)}
            {doubt.peers.length > 0 && <> ({t("doubtPeers", { crews: doubt.peers.map(signOf).join(", ") })})</>}
          </p>
          <p class="dim">{t("doubtHint")}</p>
          <button type="button" data-testid="unit-believe" onClick={() => void believe()}>
            {t("believe")} <Key>Q</Key>
          </button>
        </section>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
