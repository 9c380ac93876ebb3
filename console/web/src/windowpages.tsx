// The map and the board in windows of their own, for a second monitor.
import type { JSX } from "preact";
import { Board } from "./board";
import { useKeys } from "./keys";
import { MapPane } from "./mappane";
import { Safe } from "./safe";
import { selectUnit, wishMap } from "./ui";

function useMapKeys(): void {
  useKeys({
    m: () => wishMap("choice"),
    c: () => {
      selectUnit(null);
      wishMap("city");
    },
    b: () => document.getElementById("board-filter")?.focus(),
    Escape: () => selectUnit(null),
  });
}

export function MapWindow(): JSX.Element {
  useMapKeys();
  return (
    <main class="single">
      <Safe>
        <MapPane />
      </Safe>
    </main>
  );
}

export function BoardWindow(): JSX.Element {
  useMapKeys();
  return (
    <main class="single">
      <Safe>
        <Board />
      </Safe>
    </main>
  );
}
