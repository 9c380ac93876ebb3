// Every text of the page, Russian and English side by side: a language left out does not compile.
import { ALARM_TEXTS } from "./alarmtexts";
import { CALL_PANEL_TEXTS } from "./callpaneltexts";
import { PAGE_TEXTS } from "./pagetexts";
import { UNIT_TEXTS } from "./unittexts";
import { CALL_TEXTS } from "./calltakingtexts";
import { CREWING_TEXTS } from "./crewingtexts";
import { DESK_TEXTS } from "./desktexts";
import { KEY_TEXTS } from "./keytexts";
import { lang } from "./settings";

type Pair = readonly [ru: string, en: string];

const TEXTS = {
  ...CALL_PANEL_TEXTS,
  ...UNIT_TEXTS,
  ...ALARM_TEXTS,
  ...PAGE_TEXTS,
  ...DESK_TEXTS,
  ...CALL_TEXTS,
  ...CREWING_TEXTS,
  ...KEY_TEXTS,
  // signing in
  signIn: ["Войти", "Sign in"],
  signOut: ["Выйти", "Sign out"],
  user: ["Имя пользователя", "User name"],
  password: ["Пароль", "Password"],
  signInWrong: ["Имя или пароль не подходят.", "Wrong user name or password."],
  linkExpired: [
    "Ссылка для входа уже использована или устарела. Войдите по имени и паролю или запросите новую ссылку.",
    "The sign-in link has been used or has expired. Sign in with name and password, or ask for a new link.",
  ],
  product: ["Скорая", "Skoraya"],
  tagline: ["Диспетчерская скорой помощи", "Ambulance dispatch"],
  unreachable: ["Сервис не отвечает. Ничего не сохранено; попробуйте ещё раз.", "The service does not answer. Nothing was saved; try again."],
  // top bar
  live: ["На связи", "Live"],
  connecting: ["Соединение…", "Connecting…"],
  lost: ["Нет связи", "No connection"],
  pictureOld: ["картина {age} назад", "picture is {age} old"],
  pictureOldLong: [
    "Связь с сервисом потеряна. То, что вы видите, было {age} назад. Соединение восстановится само.",
    "The service cannot be reached. What you see is {age} old. The page reconnects by itself.",
  ],
  autopilot: ["Автопилот", "Autopilot"],
  autopilotOn: ["Автопилот демонстрации включён: первую бригаду отправляет сама программа", "The demo's autopilot is on: the first crew is sent by the program"],
  autopilotOff: ["Автопилот выключен: бригады отправляете вы", "The autopilot is off: you send the crews"],
  on: ["вкл", "on"],
  off: ["выкл", "off"],
  reports: ["Отчёты", "Reports"],
  console: ["Пульт", "Console"],
  help: ["Клавиши", "Keys"],
  language: ["Язык", "Language"],
  theme: ["Тема", "Theme"],
  speed: ["×{n} к реальному времени", "×{n} real time"],
  degradedTitle: ["Работает с ограничениями", "Degraded"],
  degradedSince: ["с {time}", "since {time}"],
  // call form
  address: ["Адрес", "Address"],
  addressHint: ["улица, дом · рядом с … · координаты · карта", "street, house · near … · coordinates · map"],
  addressNone: ["Не найдено. Можно ввести координаты «55.9012, 60.6123» или щёлкнуть по карте.", "Not found. Type coordinates “55.9012, 60.6123” or click on the map."],
  upgradeWaits: ["Пульт обновлён. Страница обновится сама, когда вы несколько секунд ничего не нажимаете.", "There is a new version. The page takes it by itself once you have pressed nothing for some seconds."],
  upgradeNow: ["Обновить сейчас", "Take it now"],
  linkBare: ["В этой ссылке точки нет. Откройте её и вставьте адрес открывшейся страницы или координаты.", "This link names no point. Open it and paste the address of the page that opens, or the coordinates."],
  addressChoose: ["Выберите адрес из списка.", "Choose an address from the list."],
  detail: ["Подъезд, этаж, квартира", "Entrance, floor, flat"],
  reason: ["Повод", "Reason"],
  reasonHint: ["начните вводить", "type to filter"],
  reasonNone: ["Такого повода нет в списке.", "There is no such reason."],
  reasonChoose: ["Выберите повод.", "Choose a reason."],
  create: ["Создать вызов", "Create call"],
  // search
  search: ["Команда или поиск", "Command or search"],
  nothingFound: ["Ничего не найдено", "Nothing found"],
  // keys
  keysTitle: ["Клавиши", "Keys"],
  key_move: ["по очереди вверх и вниз", "move in the queue"],
  key_open: ["открыть · отправить бригаду", "open · send the crew"],
  key_send: ["отправить бригаду под этим номером", "send the crew with this rank"],
  key_next: ["следующее состояние (со слов)", "next status (by voice)"],
  key_another: ["ещё одна бригада на вызов", "another crew to the call"],
  key_map: ["карта: к выбранному", "map: go to the chosen one"],
  key_city: ["карта: весь город", "map: the whole city"],
  key_board: ["к списку бригад", "to the list of crews"],
  key_reports: ["отчёты и обратно", "reports and back"],
  key_lang: ["русский / English", "English / русский"],
  key_theme: ["светлая / тёмная", "dark / light"],
  key_escape: ["закрыть, назад", "close, back"],
  key_search: ["командная строка, поиск", "command line, search"],
  key_help: ["эта подсказка", "this help"],
  key_autopilot: ["автопилот (в демонстрации)", "autopilot (in the demo)"],
  key_create: ["создать вызов (в форме)", "create the call (in the form)"],
  key_cancel: ["отменить; завершённый: открыть снова", "cancel; an ended call: reopen"],
  key_close: ["завершить вызов", "close the call"],
  key_then: ["обстановка в минуту вызова", "the region at the call's minute"],
  key_windows: ["карта, бригады, табло в окнах", "map, crews, wall in windows"],
  key_duty: ["на линии … не на смене", "on duty … off duty"],
  key_link: ["ссылка для входа бригаде", "sign-in link for the crew"],
  // command line
  commands: ["Команды", "Commands"],
  commandHint: ["№, позывной, адрес · n новый · s вызов бригада · f бригада · ? адрес", "number, sign, address · n new · s call crew · f crew · ? address"],
  command_send: ["на вызов 12 бригаду 7", "to call 12 send crew 7"],
  command_follow: ["следить за бригадой 7", "follow crew 7"],
  command_address: ["показать адрес", "show an address"],
  nearPlace: ["около: {place}", "near {place}"],
  // durations
  unit_s: ["с", "s"],
  unit_min: ["мин", "min"],
  unit_h: ["ч", "h"],
  unit_d: ["д", "d"],
  unit_m: ["м", "m"],
  unit_km: ["км", "km"],
} as const satisfies Record<string, Pair>;

export type TextKey = keyof typeof TEXTS;

/** The text in the language of now; `{name}` is filled in from `values`. */
export function t(key: TextKey, values?: Record<string, string | number>): string {
  const text: string = TEXTS[key][lang.value === "ru" ? 0 : 1];
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

/** Whether there is a text of this name: for codes that a newer service may send. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(TEXTS, key);
}

/** The text of a code, or the code itself in readable form. */
export function tCode(code: string): string {
  return isTextKey(code) ? t(code) : code.replaceAll("_", " ");
}
