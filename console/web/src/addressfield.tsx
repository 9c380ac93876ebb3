// The address of a new call: typed and chosen from the list, or clicked on the map. Its state, and the field that shows it.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { nameOfPoint, useCompletion, type Offer } from "./addresses";
import { Combobox } from "./combobox";
import { t } from "./texts";
import { clickedPoint, draftPoint, formAddress } from "./ui";
import type { FoundPlace } from "./views";

/** What the address tells the form that it stands in. */
interface Told {
  onTaken: (place: Offer) => void;
  /** The keys go on to what is asked next. */
  onOnward: () => void;
  /** Enter was pressed early, and then nothing was found. */
  onNone: () => void;
  onUnchosen: () => void;
}

export interface Address {
  text: string;
  place: FoundPlace | null;
  found: readonly Offer[];
  /** Whether what was found belongs to the text of now. */
  fresh: boolean;
  open: boolean;
  at: number;
  empty: string | null;
  type: (text: string) => void;
  move: (at: number) => void;
  show: (open: boolean) => void;
  pick: (place: Offer) => void;
  enter: () => void;
  /** The place that the call is created with: the chosen one, else the marked one. */
  chosen: () => FoundPlace | null;
}

export function useAddress(told: Told): Address {
  const [text, setText] = useState(() => formAddress.peek());
  const [place, setPlace] = useState<FoundPlace | null>(null);
  const [open, setOpen] = useState(true);
  const [at, setAt] = useState(0);
  const [awaited, setAwaited] = useState(false);
  const { found, asked, problem } = useCompletion(text, place === null);
  // Recent callers are offered before anything is typed, but none is taken by a mere Enter. With the list, not after the
  // next paint: an arrow that was pressed meanwhile would be undone.
  useLayoutEffect(() => setAt(asked === "" ? -1 : 0), [found]);
  // A list that opened before its answer came takes the first hit of the newest answer only.
  const fresh = asked === text.trim();

  const take = (picked: Offer): void => {
    setPlace(picked);
    setText(picked.label);
    setOpen(false);
    told.onTaken(picked);
  };
  const pick = (picked: Offer): void => {
    take(picked);
    told.onOnward();
  };
  // Enter before the answer has come: the keys go on to the questions, and the first hit is taken when it is there.
  useEffect(() => {
    if (!awaited || !fresh) return;
    setAwaited(false);
    const first = found[0];
    if (first !== undefined) take(first);
    else told.onNone();
  }, [awaited, fresh, found]);
  useEffect(() => {
    clickedPoint.value = null;
    const stop = clickedPoint.subscribe((point) => {
      if (point) void nameOfPoint(point).then((named) => clickedPoint.peek() === point && pick(named));
    });
    return () => {
      stop();
      clickedPoint.value = null;
      draftPoint.value = null;
      formAddress.value = "";
    };
  }, []);
  useEffect(() => {
    draftPoint.value = place;
  }, [place]);
  return {
    text,
    place,
    found,
    fresh,
    open,
    at,
    empty: problem ?? (place === null && fresh && asked !== "" && found.length === 0 ? t("addressNone") : null),
    type: (next) => {
      setText(next);
      setPlace(null);
      setAwaited(false);
      setOpen(true);
    },
    move: setAt,
    show: setOpen,
    pick,
    enter: () => {
      if (place) told.onOnward();
      else if (text.trim() !== "" && !fresh) {
        setAwaited(true);
        told.onOnward();
      } else told.onUnchosen();
    },
    chosen: () => place ?? (fresh && text.trim() !== "" ? (found[at] ?? null) : null),
  };
}

export function AddressField({ address, invalid }: { address: Address; invalid: boolean }): JSX.Element {
  return (
    <Combobox
      id="address"
      label={t("address")}
      hint={t("addressHint")}
      testId="address-input"
      optionTestId="address-option"
      text={address.text}
      // While an answer is on its way the last one stays to be read, and Enter takes nothing from it.
      options={address.found}
      settled={address.fresh}
      open={address.open && address.place === null}
      at={address.at}
      wantFocus
      invalid={invalid}
      empty={address.empty}
      keyOf={(each) => `${each.label} ${each.lat_deg} ${each.lon_deg} ${each.phone ?? ""}`}
      show={(each) => (
        <>
          <span class="grow">{each.label}</span>
          {each.number !== undefined && (
            <span class="dim num">
              № {each.number} {each.phone ?? ""}
            </span>
          )}
        </>
      )}
      onText={address.type}
      onAt={address.move}
      onPick={address.pick}
      onOpen={() => address.show(true)}
      onClose={() => address.show(false)}
      onEnter={address.enter}
    />
  );
}
