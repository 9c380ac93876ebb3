// Coordinates in every form that people paste, and what only looks like some.
import { describe, expect, it } from "vitest";
import { parseCoordinates, type Bounds } from "../src/coordinates";

/** Around the point of all examples. */
const REGION: Bounds = [37, 55, 38, 56];

const DECIMAL = [
  "55.7558, 37.6173", "55.7558 37.6173", "55.7558,37.6173", "55.7558; 37.6173", "55.7558/37.6173", "55.7558\t37.6173", "55.7558\n37.6173",
  "(55.7558, 37.6173)", "[55.7558, 37.6173]", '"55.7558, 37.6173"', "«55.7558, 37.6173»", "+55.7558+37.6173/", "55.7558°, 37.6173°",
  "55,7558 37,6173", "55,7558, 37,6173", "55,7558; 37,6173", "55,7558,37,6173", "55,7558/37,6173",
];
const MARKED = [
  "55.7558N 37.6173E", "N55.7558 E37.6173", "N55.7558E37.6173", "55.7558° N, 37.6173° E", "37.6173E 55.7558N", "55.7558° с.ш., 37.6173° в.д.",
  "с.ш. 55,7558 в.д. 37,6173", "С.Ш. 55.7558, В.Д. 37.6173", "55,7558 сш 37,6173 вд", "37.6173 в. д. 55.7558 с. ш.", "55.7558 С 37.6173 В",
  "55.7558° северной широты, 37.6173° восточной долготы", "широта: 55,7558, долгота: 37,6173", "долгота 37.6173 широта 55.7558", "lat=55.7558 lon=37.6173",
  "lon 37.6173 lat 55.7558", "latitude: 55.7558 longitude: 37.6173", '{"lat":55.7558,"lon":37.6173}', "55.7558 n. 37.6173 e.",
];
const SEXAGESIMAL = [
  "55°45'20.88\"N 37°37'2.28\"E", "55° 45′ 20,88″ с. ш., 37° 37′ 2,28″ в. д.", "N 55° 45' 20.88\" E 37° 37' 2.28\"", "55°45’20.88” с.ш. 37°37’2.28” в.д.",
  "55º45'20.88''N 37º37'2.28''E", "55*45'20.88\" 37*37'2.28\"", "55 45 20.88 N 37 37 2.28 E", "55 45 20.88 37 37 2.28", "55 45 20.88, 37 37 2.28",
  "55:45:20.88 37:37:02.28", "55-45-20.88N 37-37-02.28E", "55d45m20.88s N 37d37m2.28s E", "55 град. 45 мин. 20,88 сек. с.ш., 37 град. 37 мин. 2,28 сек. в.д.",
  "55°45.348' 37°37.038'", "55°45.348'С 37°37.038'В", "N55 45.348 E37 37.038", "N 55° 45.348, E 37° 37.038", "5545.348N 03737.038E", "554520.88N 0373702.28E",
];
const SPOKEN = [
  "Координаты: 55.7558, 37.6173", "GPS 55.7558, 37.6173", "55.7558, 37.6173 (у подъезда)", "55.7558, 37.6173 д. 5, кв. 12", "55.7558, 37.6173, высота 150 м",
  "55.7558, 37.6173, 150", "55.7558, 37.6173 ±10 м", "55.7558, 37.6173.", "мы в лесу 55°45'20.88\" с.ш. 37°37'2.28\" в.д. приезжайте",
];
const LINKS = [
  "https://www.google.com/maps/@55.7558,37.6173,17z",
  "https://www.google.com/maps/place/X/@55.1,37.1,17z/data=!3m1!4b1!4m6!3m5!1s0x0!8m2!3d55.7558!4d37.6173",
  "https://www.google.com/maps/place/55%C2%B045'20.88%22N+37%C2%B037'02.28%22E/@55.1,37.1,17z",
  "https://maps.google.com/?q=55.7558,37.6173",
  "https://www.google.com/maps/search/?api=1&query=55.7558%2C37.6173",
  "https://www.google.com/maps/search/55.7558,+37.6173?entry=tts",
  "https://www.google.com/maps/dir/?api=1&destination=55.7558,37.6173",
  "https://www.google.com/maps/dir/55.1,37.1/55.7558,37.6173/@55.3,37.3,12z",
  "https://www.google.com/maps?ll=55.7558,37.6173&z=15",
  "https://yandex.ru/maps/213/moscow/?ll=37.6173%2C55.7558&z=17",
  "yandex.ru/maps/?ll=37.6173%2C55.7558&z=17",
  "https://yandex.ru/maps/?ll=37.1%2C55.1&whatshere%5Bpoint%5D=37.6173%2C55.7558&whatshere%5Bzoom%5D=17",
  "https://yandex.ru/maps/?text=55.7558,37.6173",
  "https://yandex.ru/maps/?sll=37.1,55.1&text=55.7558%2037.6173",
  "https://yandex.ru/maps/?rtext=55.1,37.1~55.7558,37.6173&rtt=auto",
  "https://yandex.ru/maps/?pt=37.6173,55.7558&z=18&l=map",
  "yandexnavi://build_route_on_map?lat_to=55.7558&lon_to=37.6173",
  "https://2gis.ru/moscow/geo/37.6173,55.7558",
  "https://2gis.ru/moscow/geo/70030076129543/37.6173%2C55.7558?m=37.1%2C55.1%2F16",
  "https://2gis.ru/moscow/directions/points/%7C37.6173%2C55.7558",
  "https://2gis.ru/moscow?m=37.6173%2C55.7558%2F17",
  "https://www.openstreetmap.org/#map=17/55.7558/37.6173",
  "https://www.openstreetmap.org/?mlat=55.7558&mlon=37.6173#map=12/55.1/37.1",
  "https://maps.apple.com/?ll=55.7558,37.6173&q=Pin",
  "https://waze.com/ul?ll=55.7558%2C37.6173&navigate=yes",
  "https://www.bing.com/maps?cp=55.7558~37.6173&lvl=15",
  "https://wikimapia.org/#lang=ru&lat=55.7558&lon=37.6173&z=15",
  "https://nakarte.me/#m=15/55.7558/37.6173&l=O",
  "geo:55.7558,37.6173?z=17",
  "geo:0,0?q=55.7558,37.6173(Дом)",
  "Я здесь: https://yandex.ru/maps/?ll=37.6173%2C55.7558&z=17 приезжайте",
];
const TURNED = ["37.6173, 55.7558", "37,6173 55,7558", "[37.6173, 55.7558]", "POINT(37.6173 55.7558)", '{"type":"Point","coordinates":[37.6173,55.7558]}'];

describe("pasted coordinates", () => {
  it.each([...DECIMAL, ...MARKED, ...SEXAGESIMAL, ...SPOKEN, ...LINKS])("reads %s, with a region known and with none", (text) => {
    for (const bounds of [null, REGION]) {
      const found = parseCoordinates(text, bounds);
      expect(found?.lat_deg).toBeCloseTo(55.7558, 5);
      expect(found?.lon_deg).toBeCloseTo(37.6173, 5);
    }
  });

  it.each(TURNED)("reads %s by where the region lies", (text) => {
    const found = parseCoordinates(text, REGION);
    expect([found?.lat_deg, found?.lon_deg]).toEqual([55.7558, 37.6173]);
  });

  it("turns nothing that lies in the region as it is written, nor what cannot be a latitude otherwise", () => {
    expect(parseCoordinates("55.5, 55.6", [55, 55, 56, 56])).toEqual({ lat_deg: 55.5, lon_deg: 55.6 });
    expect(parseCoordinates("131.8855, 43.1155")).toEqual({ lat_deg: 43.1155, lon_deg: 131.8855 });
  });

  it("keeps south and west, by mark and by sign", () => {
    for (const text of ["-33.4489, -70.6693", "33.4489 S 70.6693 W", "33,4489 ю.ш. 70,6693 з.д.", "−33.4489 −70.6693"]) {
      expect(parseCoordinates(text)).toEqual({ lat_deg: -33.4489, lon_deg: -70.6693 });
    }
  });

  // Few digits are coordinates only where the region lies: "10.30, 11.40" may be two hours.
  it("reads one digit behind the point in the region alone", () => {
    expect(parseCoordinates("55.9, 37.6", REGION)).toEqual({ lat_deg: 55.9, lon_deg: 37.6 });
    expect(parseCoordinates("10.30, 11.40", REGION)).toBeNull();
  });

  it.each([
    "https://example.org/?q=street", "https://yandex.ru/maps/?ll=37,55", "https://yandex.ru/maps/-/CDeXyZ12", "https://maps.app.goo.gl/aB3dE5fG7hJ9kL1m8", "Ленина 5",
    "Ленина 5, 12", "8 16", "8, 16", "8 марта 16", "д. 5 кв. 12", "улица 1905 года 10", "10/2 к. 3", "51/2, 37/3", "+7 912 345-67-89", "89123456789", "8 800 555 35 35",
    "12-34-56", "22.11.2026 10.30", "55.7558", "трасса М-5 1234.5 км", "?q=999.5,10.5", "100%", "91.5555, 200.5555", "с. Шишкино 5", "55°75' 37°10'",
  ])("takes %j for none", (text) => {
    expect(parseCoordinates(text, REGION)).toBeNull();
  });

  it("reads back every point of the globe as it is written in each style", () => {
    for (let i = 0; i < 400; i += 1) {
      // A walk that comes by all quarters and both ends.
      const lat_deg = Math.round(Math.sin(i * 1.7) * 89.9 * 1e5) / 1e5;
      const lon_deg = Math.round(Math.cos(i * 0.9) * 179.9 * 1e5) / 1e5;
      for (const written of styles(lat_deg, lon_deg)) {
        const found = parseCoordinates(written);
        expect(found, written).not.toBeNull();
        expect(found?.lat_deg, written).toBeCloseTo(lat_deg, 4);
        expect(found?.lon_deg, written).toBeCloseTo(lon_deg, 4);
      }
    }
  });
});

function styles(lat_deg: number, lon_deg: number): string[] {
  const [lat, lon] = [Math.abs(lat_deg), Math.abs(lon_deg)];
  const [ns, ew, nsRu, ewRu] = [lat_deg < 0 ? "S" : "N", lon_deg < 0 ? "W" : "E", lat_deg < 0 ? "ю. ш." : "с. ш.", lon_deg < 0 ? "з. д." : "в. д."];
  const minutes = (x: number): string => {
    const all = Math.round(x * 60 * 1e4);
    return `${Math.floor(all / 600_000)}°${((all % 600_000) / 1e4).toFixed(4)}'`;
  };
  const seconds = (x: number): string => {
    const all = Math.round(x * 3600 * 100);
    return `${Math.floor(all / 360_000)}°${Math.floor((all % 360_000) / 6000)}'${((all % 6000) / 100).toFixed(2)}"`;
  };
  const comma = (x: number): string => x.toFixed(5).replace(".", ",");
  return [
    `${lat_deg.toFixed(5)}, ${lon_deg.toFixed(5)}`,
    `${comma(lat_deg)} ${comma(lon_deg)}`,
    `${lat.toFixed(5)}${ns} ${lon.toFixed(5)}${ew}`,
    `${ew}${lon.toFixed(5)}, ${ns}${lat.toFixed(5)}`,
    `${minutes(lat)}${ns} ${minutes(lon)}${ew}`,
    `${seconds(lat)} ${nsRu}, ${seconds(lon)} ${ewRu}`,
    `геометка ${comma(lat)} ${nsRu} ${comma(lon)} ${ewRu}, у реки`,
  ];
}
