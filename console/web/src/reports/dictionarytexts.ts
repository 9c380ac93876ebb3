// What each column of an export means, in Russian; the service's own dictionary, which goes with the files, is English.
import { lang } from "../settings";
import { rtCode } from "./texts";

const MEANINGS: Readonly<Record<string, string>> = {
  source: "пусто: эта система; иначе имя загруженного журнала",
  region: "регион",
  assignment: "номер назначения: одна бригада на одном вызове",
  incident: "ключ вызова",
  number: "номер вызова за сутки",
  unit: "машина с бригадой",
  status: "чем кончилось назначение",
  district: "ближайшее названное место вызова; пусто: неизвестно",
  substation: "где числилась бригада, когда её отправили",
  crew_kind: "вид бригады, когда её отправили",
  priority: "1 угроза жизни, 2 экстренный, 3 неотложный",
  reason: "повод к вызову по списку региона",
  hospital: "куда отвезли пациента",
  first_on_scene: "первой ли из бригад вызова она приехала",
  norm_s: "норматив доезда, когда поступил вызов",
  eta_s: "время в пути, которое видел диспетчер при выборе",
  rank: "место бригады в показанном списке",
  times_out_of_order: "первое время, которое раньше предыдущего",
  times_missing: "что неизвестно из notified, en_route, on_scene",
  overlaps: "назначение этой же бригады, которое ещё не кончилось",
  entered_late: "времена, сообщённые или исправленные более чем через 5 минут",
  override_reason: "почему отправили не первую из списка, как записано",
  lat_deg: "где был пациент: широта",
  lon_deg: "где был пациент: долгота",
};
const UNITS: Readonly<Record<string, string>> = { s: "с", "degrees, WGS-84": "градусы, WGS-84" };

/** "from called to notified; …" of the service, with the moments in Russian. */
const INTERVAL = /^from (\w+) to (\w+); negative/;
/** "called: PSAP Call Date/Time". */
const MOMENT = /^(\w+): .+ Date\/Time$/;

export function meaningOf(column: { name: string; meaning: string }): string {
  if (lang.value === "en") return column.meaning;
  const interval = INTERVAL.exec(column.meaning);
  if (interval) return `«${rtCode("t_", interval[1] ?? "")}» → «${rtCode("t_", interval[2] ?? "")}»; меньше нуля, где времена не по порядку`;
  const moment = MOMENT.exec(column.meaning);
  if (moment) return `время: ${rtCode("t_", moment[1] ?? "")}`;
  return MEANINGS[column.name] ?? column.meaning;
}

export const unitOf = (unit: string): string => (lang.value === "en" ? unit : (UNITS[unit] ?? unit));
