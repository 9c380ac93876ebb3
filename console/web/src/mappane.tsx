// The map's place on the page. Its code comes later than the lists, and nothing here depends on it.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Key } from "./keycap";
import { t } from "./texts";
import { percent } from "./format";
import { picture, region, session } from "./store";
import { coverageOn, coverageShare, drawingClosure, mapState, wishMap } from "./ui";

function hasWebGL(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    // A browser holds few contexts at once: this one has told what it knows.
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return context !== null;
  } catch {
    return false;
  }
}

/** A page that hears nothing draws its map all the same. */
const LISTS_WITHIN_MS = 1500;

/** Resolves when the first picture stands in the lists: the map's code and first drawing would hold it up by a second. */
function listsShown(): Promise<void> {
  return new Promise((done) => {
    const timer = window.setTimeout(done, LISTS_WITHIN_MS);
    const stop = picture.subscribe((now) => {
      if (now.clock === null) return;
      window.clearTimeout(timer);
      requestAnimationFrame(() => setTimeout(done));
      queueMicrotask(() => stop());
    });
  });
}

export function MapPane({ children, close = false, past = false }: { children?: ComponentChildren; close?: boolean; past?: boolean }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const tiles = region.value?.tiles ?? false;
  useEffect(() => {
    let takeDown: (() => void) | undefined;
    let gone = false;
    mapState.value = "loading";
    const bring = async (): Promise<{ mountMap: (box: HTMLElement) => () => void } | null> => {
      await listsShown();
      if (gone) return null;
      if (hasWebGL()) return import("./map/mapview");
      mapState.value = "no-webgl";
      return null;
    };
    bring().then(
      (map) => {
        if (gone || !box.current || map === null) return;
        try {
          takeDown = map.mountMap(box.current);
          // A crew looks at its own call and way, not at the city.
          if (close) wishMap("drive");
        } catch (error) {
          console.warn("map:", error);
          mapState.value = "failed";
        }
      },
      () => {
        mapState.value = "failed";
      },
    );
    return () => {
      gone = true;
      takeDown?.();
    };
    // With the tiles of a map that has come meanwhile the map begins anew.
  }, [tiles]);
  const state = mapState.value;
  const without = state === "no-webgl" || state === "failed";
  return (
    <section class={`mappane${without ? " without" : ""}`} aria-label={t("map")}>
      {without && (
        <p class="banner" role="status" data-testid="banner">
          {t(state === "no-webgl" ? "mapNone" : "mapFailed")}
        </p>
      )}
      <div ref={box} class="map" data-testid="map" data-ready="false" data-units="0" data-state={state} hidden={without} />
      {!without && close && (
        <div class="mapkeys">
          <button type="button" data-testid="my-way" onClick={() => wishMap("drive")}>
            {t("myWay")}
          </button>
        </div>
      )}
      {!without && !close && (
        <div class="mapkeys">
          {!past && (
            <button type="button" data-testid="coverage" aria-pressed={coverageOn.value} onClick={() => (coverageOn.value = !coverageOn.value)}>
              {t("coverage")}
              {coverageOn.value && coverageShare.value !== null && <b class="num">{percent(coverageShare.value)}</b>} <Key>O</Key>
            </button>
          )}
          {!past && session.value?.role === "dispatcher" && (
            <button type="button" data-testid="draw-closure" aria-pressed={drawingClosure.value} title={t("closureHint")} onClick={() => (drawingClosure.value = !drawingClosure.value)}>
              {t("closure")} <Key>Z</Key>
            </button>
          )}
          <button type="button" onClick={() => wishMap("choice")}>
            {t("follow")} <Key>M</Key>
          </button>
          <button type="button" onClick={() => wishMap("city")}>
            {t("wholeCity")} <Key>C</Key>
          </button>
        </div>
      )}
      {!without && children}
      {state === "no-tiles" && (
        <p class="banner over" role="status" data-testid="banner">
          {t("mapNoTiles")}
        </p>
      )}
    </section>
  );
}
