// The point that a pasted link of a map names: Yandex, 2GIS, Google, OpenStreetMap, Apple, Waze and their like. No I/O.
import type { Coordinates } from "./plainviews";

/** A pair of numbers as links write it; some put another sign than a comma between them. */
const PAIR = "(-?\\d{1,3}\\.\\d+)(?:,|;|~|\\|)\\s*\\+?(-?\\d{1,3}\\.\\d+)";
const ONE = "(-?\\d{1,3}(?:\\.\\d+)?)";

/** `lon`: the longitude first; `host`: as the link's own house does it. */
type Order = "lat" | "lon" | "host";

/** Where links keep a point, what was meant before what is merely in view. */
const PLACES: readonly (readonly [pattern: RegExp, order: Order])[] = [
  [new RegExp(`!3d${ONE}!4d${ONE}`), "lat"], // Google, the pin
  [new RegExp(`[?&#]mlat=${ONE}&mlon=${ONE}`, "i"), "lat"], // OpenStreetMap, the pin
  [new RegExp(`[?&](?:whatshere\\[point\\]|poi\\[point\\]|pt)=${PAIR}`, "i"), "lon"], // Yandex, the pin
  [new RegExp(`[?&](?:q|query|text|daddr|destination|to|coordinate)=(?:loc:)?\\s*${PAIR}`, "i"), "lat"],
  [new RegExp(`[?&]rtext=[^&]*~${PAIR}`, "i"), "lat"], // Yandex, the way's end
  [new RegExp(`[?&]lat_to=${ONE}&lon_to=${ONE}`, "i"), "lat"],
  [new RegExp(`2gis\\.[a-z]+/[^?#]*[/|]${PAIR}`, "i"), "lon"],
  [new RegExp(`/dir/(?:[^/]*/)*${PAIR}(?:/|$|\\?)`, "i"), "lat"], // Google, the way's end
  [new RegExp(`/(?:place|search|l)/${PAIR}`, "i"), "lat"],
  [new RegExp(`omaps\\.app/${PAIR}`, "i"), "lat"],
  [new RegExp(`[?&#]lat=${ONE}&(?:lon|lng|long)=${ONE}`, "i"), "lat"],
  [new RegExp(`geo:${PAIR}`, "i"), "lat"],
  [new RegExp(`[?&]ll=${PAIR}`, "i"), "host"], // the view
  [new RegExp(`[?&](?:m|center)=${PAIR}`, "i"), "host"],
  [new RegExp(`[?&](?:cp|map|sll)=${PAIR}`, "i"), "host"],
  [new RegExp(`#(?:map|m)=\\d+(?:\\.\\d+)?/${ONE}/${ONE}`, "i"), "lat"],
  [new RegExp(`@${PAIR}`), "lat"],
];

/** Houses that name the longitude first. */
const LON_FIRST = /yandex|2gis|dgis/i;

/** Where a link holds words that a person could have typed: a place's title, a search. */
const WORDS: readonly RegExp[] = [/[?&](?:q|query|text|destination|daddr)=([^&#]+)/i, /\/(?:place|search)\/([^/?#]+)/i];

export const isLink = (text: string): boolean => /(?:^|\s)(?:[a-z][a-z0-9+.-]*:\/\/|geo:|www\.|[\w.-]+\.[a-z]{2,}\/)|^\s*[@#?]/iu.test(text);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is no escape: as it stands
  }
}

/** The point, or null where the link names none. `read` reads what a person could have typed. */
export function linkedPoint(text: string, read: (words: string) => Coordinates | null): Coordinates | null {
  if (!isLink(text)) return null;
  const plain = decoded(text);
  for (const pattern of WORDS) {
    const words = pattern.exec(plain)?.[1]?.replaceAll("+", " ").trim();
    // "geo:0,0?q=55.7,37.6(home)": the pair and the name behind it.
    const found = words === undefined ? null : read(words.replace(/^loc:/i, ""));
    if (found && !(/!3d/.test(plain) || /[?&](?:whatshere|pt)/.test(plain))) return found;
  }
  for (const [pattern, order] of PLACES) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const [first, second] = [Number(found[1]), Number(found[2])];
    const turned = order === "lon" || (order === "host" && LON_FIRST.test(plain));
    const [lat_deg, lon_deg] = turned ? [second, first] : [first, second];
    if (Math.abs(lat_deg) <= 90 && Math.abs(lon_deg) <= 180) return { lat_deg, lon_deg };
  }
  return null;
}
