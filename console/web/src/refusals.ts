// Refusals in words: by their code where we know it, else as the service put it.
import { Refusal } from "./api";
import { t } from "./texts";
import { lang } from "./settings";

const WORDS: Record<string, readonly [string, string]> = {
  "unit-busy": ["Эта бригада уже на вызове: её назначили раньше вас.", "This crew is already on a call: somebody was quicker."],
  "unit-off-duty": ["Эта бригада не на линии.", "This crew is not on duty."],
  "unknown-unit": ["Такой бригады нет.", "There is no such crew."],
  "unknown-incident": ["Такого вызова нет.", "There is no such call."],
  "unknown-hospital": ["Такой больницы нет.", "There is no such hospital."],
  "unknown-reason": ["Такого повода нет в списке.", "There is no such reason."],
  "already-closed": ["Уже завершено или отменено.", "It has already ended."],
  "already-assigned-here": ["Эта бригада уже отправлена на этот вызов.", "This crew has already been sent to this call."],
  "bad-transition": ["Из нынешнего состояния так нельзя.", "That does not follow from the present status."],
  "duty-transition": ["Из нынешнего состояния смены так нельзя.", "That does not follow from the present duty."],
  "bad-position": ["Таких координат не бывает.", "There are no such coordinates."],
  "text-too-long": ["Слишком длинный текст.", "The text is too long."],
  "nobody-there": ["Там никого нет: передайте тому, кто на смене, или старшему.", "Nobody is there: give it to somebody on duty, or to the senior."],
  "successor-needed": ["Назовите, кому передать вызовы.", "Name who takes the calls."],
  "not-your-workplace": ["Это место закреплено за другими.", "This desk belongs to others."],
  "unknown-workplace": ["Такого места нет.", "There is no such desk."],
  "not-major": ["Это не ЧС или уже отбой.", "It is no major incident, or it was stood down."],
  "kept-in-reserve": ["Бригада в резерве для обычных вызовов: укажите причину.", "This crew is kept for ordinary calls: say why it is to go."],
  "not-ended": ["Вызов и так открыт.", "The call is open."],
  "queue-full": ["За этой бригадой уже ждут пять вызовов.", "Five calls wait for this crew already."],
  "queued-elsewhere": ["Вызов уже ждёт другую бригаду: сначала снимите его там.", "The call waits for another crew already: take it away there first."],
  "shift-overlaps": ["На это время бригада уже запланирована.", "A crew is planned for that time already."],
  "unit-not-busy": ["Эта бригада не на вызове: отправьте её или выведите на смену.", "This crew has no call to wait behind: send it, or bring it on duty."],
  "not-a-date": ["Это не дата.", "This is no date."],
  "unknown-member": ["Такого сотрудника нет в списке.", "There is no such member."],
  "unknown-plan": ["Этой смены в графике уже нет.", "This plan is no longer in the roster."],
  "unknown-equipment": ["Такого оборудования нет в списке.", "There is no such equipment."],
  "unknown-qualification": ["Такого допуска нет в списке.", "There is no such qualification."],
  "not-your-assignment": ["Это вызов другой бригады.", "This is another crew's call."],
  "answers-are-graver": ["По ответам это угроза жизни: приоритет 1.", "By the answers it is danger to life: priority 1."],
  "linked-call-is-graver": ["Связанный вызов тяжелее.", "A linked call is graver."],
  "major-cannot-follow": ["Это ЧС: привяжите другой вызов к нему, а не его к другому.", "This is a major incident: link the other call to it, not it to the other."],
  "bad-link": ["Так связать нельзя: один из вызовов уже связан. Сначала отвяжите.", "They cannot be linked like that: one of them is linked already. Unlink first."],
  "crew-bound": ["На этот вызов уже едет бригада.", "A crew is on its way to this call."],
  "not-urgent-only": ["В поликлинику передают только неотложные вызовы.", "Only urgent calls go to a polyclinic."],
  "too-many": ["Слишком много пациентов: объявите ЧС.", "Too many patients: declare a major incident."],
  "bad-end": ["Такой срок невозможен.", "That end is not possible."],
  "time-too-old": ["Слишком давно.", "Too long ago."],
  "time-before-previous": ["Раньше предыдущей отметки или когда бригада была занята другим: проверьте время.", "Earlier than the mark before, or while the crew was elsewhere: check the time."],
  "time-before-call": ["Это раньше самого вызова: проверьте время.", "That is before the call itself: check the time."],
  "time-in-the-future": ["Это время ещё не наступило: проверьте часы.", "That time is still to come: check the clock."],
  "swap-outdated": ["Пока вы читали, обстановка изменилась: ничего не сделано. Возьмите новое предложение.", "Things changed while you read: nothing was done. Take a new proposal."],
  "already-swapped": ["На этом вызове бригаду уже меняли один раз. Ничего не сделано.", "This call's crew was changed once already. Nothing was done."],
  "delays-danger-to-life": ["Так к больному с угрозой жизни приедут позже. Ничего не сделано.", "Danger to life would be reached later. Nothing was done."],
  "swap-contradicts-itself": ["В обмене дважды назван один вызов или одна бригада. Ничего не сделано.", "The swap names a call or a crew twice. Nothing was done."],
  "field-missing": ["Не всё заполнено.", "Something is not filled in."],
  "bad-text": ["В тексте недопустимые знаки.", "The text has characters that cannot be kept."],
  "bad-priority": ["Приоритет бывает 1, 2 или 3.", "The priority is 1, 2 or 3."],
  "not-a-number": ["Это число не подходит.", "This number does not fit."],
  "not-configured": ["Регион ещё не настроен.", "The region is not configured yet."],
  "bad-timezone": ["Такого часового пояса нет.", "There is no such time zone."],
  "command-id-reused": ["Под этим номером уже записано другое: нажмите ещё раз.", "Something else was recorded under this number: press again."],
  "unknown-alarm": ["Этой тревоги уже нет.", "This alarm is gone."],
  "unknown-assignment": ["Такого выезда нет.", "There is no such assignment."],
  "unknown-crew-kind": ["Такого вида бригад нет.", "There is no such kind of crew."],
  "unknown-hazard": ["Такой опасности не записано.", "There is no such hazard."],
  "unknown-instruction": ["Такой инструкции нет.", "There is no such instruction."],
  "unknown-patient": ["Такого пациента в вызове нет.", "The call has no such patient."],
  "unknown-polyclinic": ["Такой поликлиники нет в списке.", "There is no such polyclinic."],
  "unknown-scale": ["Такого масштаба ЧС нет в плане.", "The plan has no such scale."],
  "unknown-status": ["Такого состояния нет.", "There is no such status."],
  "unknown-substation": ["Такой подстанции нет.", "There is no such base."],
  "journal-unavailable": ["Журнал недоступен, это НЕ записано: передайте голосом, запишите на бумагу.", "The journal is down, this was NOT recorded: send by voice, write it down."],
};

/** What to tell the person whose act failed. */
export function words(error: unknown): string {
  if (!(error instanceof Refusal)) return String(error);
  if (error.code === "unreachable") return t("unreachable");
  const known = WORDS[error.code];
  if (known) return known[lang.value === "ru" ? 0 : 1];
  return error.message || `${error.code} (${error.status})`;
}
