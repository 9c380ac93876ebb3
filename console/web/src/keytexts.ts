// The texts of the keys that the last of the actions got, Russian and English side by side; a part of texts.ts.
export const KEY_TEXTS = {
  lettersHint: ["Нажмите букву, которая стоит на кнопке или поле. Esc: убрать", "Press the letter that stands on a button or field. Esc: leave"],
  lettersTitle: ["Буквы на всём, у чего нет своей клавиши", "Letters on everything without a key of its own"],
  key_letters: ["буквы на всём остальном: буква нажимает (в поле: Ctrl .)", "letters on everything else: the letter presses it (in a field: Ctrl .)"],
  key_later: ["отложить предложение", "put the proposal off"],
  key_ack: ["принять тревогу, не открывая", "acknowledge the first alarm without opening"],
  key_open_alarm: ["принять и открыть первую тревогу", "acknowledge and open the first alarm"],
  key_out: ["выйти", "sign out"],
  key_windowmenu: ["меню окон; цифра: табло больницы", "the menu of windows; a digit: a hospital's board"],
  key_order: ["бригады: по подстанциям, состояниям, давности", "crews: by base, state, age of the fix"],
  key_until: ["перерыв, заправка, ремонт: на сколько", "break, refuelling, repair: for how long"],
  key_shift: ["открыть смену выбранной бригады", "open the chosen crew's shift"],
  key_further: ["другой статус бригады", "another status of the crew"],
  key_firstaid: ["первая помощь: что говорить", "first aid: what to say"],
  key_join: ["похожий вызов: тот же пациент, другой пациент", "a likely duplicate: same patient, another patient"],
} as const;
