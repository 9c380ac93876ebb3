// A report's map as a part of the page; its code comes later, and the page is whole without it.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PlainMap, Shown } from "./plainmap";
import { goTo } from "./state";
import { rt } from "./texts";

export function MapBox({ what, label, children, testid }: { what: Partial<Shown>; label: string; children?: ComponentChildren; testid: string }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const map = useRef<PlainMap | null>(null);
  const wanted = useRef(what);
  wanted.current = what;
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    import("./plainmap").then(
      ({ mountPlain }) => {
        if (gone || !box.current) return;
        try {
          map.current = mountPlain(box.current, (incident) => goTo({ view: "call", argument: incident }));
          map.current.show(wanted.current);
        } catch (error) {
          console.warn("map:", error);
          setFailed(true);
        }
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      map.current?.stop();
      map.current = null;
    };
  }, []);
  useEffect(() => map.current?.show(what), [what.late, what.covered, what.scene?.[0], what.scene?.[1]]);
  return (
    <div class="mapbox" role="group" aria-label={label} data-testid={testid}>
      {failed ? <p class="nothing">{rt("noMap")}</p> : <div ref={box} class="plainmap" data-ready="false" />}
      {children}
    </div>
  );
}
