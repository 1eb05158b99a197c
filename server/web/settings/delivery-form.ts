// What happens to an account's mail, as a form: mailbox, forward, throw away, and a vacation answer
// (spec/qmailadmin.md 2.3). Users have it in their settings, administrators on the page of an account. Pure.
import type {
  AccountChange,
  DeliveryChoice,
  VacationChoice,
  VacationTimes,
} from '../../../mta/accounts/administration.ts';
import { dayOf, isDay } from '../../../mta/reply/vacation-rules.ts';
import { type Fault, readValues } from '../shell/form.ts';
import type { Translate } from '../words/words.ts';

/** Names of the inputs; those of the vacation are the fields that a refusal names. */
export const deliveryFields = [
  'delivery',
  'forwards',
  'keep',
  'vacation',
  'vacation-subject',
  'vacation-message',
] as const;
/** The user's own page has these too; `vacation-times` says that they are there. */
export const awayFields = [
  ...deliveryFields,
  'vacation-times',
  'vacation-from',
  'vacation-until',
  'vacation-days',
  'vacation-contacts',
] as const;
export type DeliveryValues = Readonly<Record<(typeof deliveryFields)[number], string>>;
export type AwayValues = Readonly<Record<(typeof awayFields)[number], string>>;

/** webmail.md R5. */
const usualDays = 7;

/**
 * The form with what most people want in the place of what does not count as long as mail is not forwarded, or not answered.
 * For the first look at it, and for both sides of a comparison.
 */
export const withUsual = <Values extends Readonly<Record<string, unknown>>>(
  values: Values,
  t: Translate,
): Values => ({
  ...values,
  ...(values.delivery === 'forward' ? {} : { keep: '1' }),
  ...(values.vacation === '' && values['vacation-subject'] === ''
    ? { 'vacation-subject': t('incoming.usualSubject') }
    : {}),
});

/** The form of what is stored. */
export function deliveryValues(choice: DeliveryChoice): DeliveryValues {
  return {
    delivery: choice.kind,
    forwards: choice.forwards.join('\n'),
    keep: choice.keepsCopy ? '1' : '',
    vacation: choice.vacation ? '1' : '',
    'vacation-subject': choice.vacation?.subject ?? '',
    'vacation-message': choice.vacation?.message ?? '',
  };
}

/** The form of the user's own page; `kept` is the answer of the last time, whose words are there again. */
export function awayValues(choice: DeliveryChoice, kept: VacationChoice | undefined): AwayValues {
  const vacation = choice.vacation ?? kept;
  // The days of the last time are over.
  const times = choice.vacation
    ? choice.vacation.times
    : kept?.times && { ...kept.times, from: '', until: '' };
  return {
    ...deliveryValues(choice),
    'vacation-subject': vacation?.subject ?? '',
    'vacation-message': vacation?.message ?? '',
    'vacation-times': '1',
    'vacation-from': times?.from ?? '',
    'vacation-until': times?.until ?? '',
    'vacation-days': String(times?.days ?? usualDays),
    'vacation-contacts': times?.contactsOnly ? '1' : '',
  };
}

export const readAwayValues = (body: Readonly<Record<string, unknown>> | undefined): AwayValues =>
  readValues(body, awayFields);

/**
 * Days and interval as they were typed. The zone is the reader's, unless the days are those that are stored.
 * @param now milliseconds since 1970
 */
export function readTimes(
  values: AwayValues,
  stored: VacationTimes | undefined,
  zone: string,
  now: number,
  t: Translate,
): { readonly times: VacationTimes | undefined; readonly faults: readonly Fault[] } {
  if (values['vacation-times'] === '' || values.vacation === '') return { times: undefined, faults: [] };
  const [from = '', until = ''] = [values['vacation-from'].trim(), values['vacation-until'].trim()];
  const days = values['vacation-days'].trim();
  const faults: Fault[] = [];
  const isSame = from === (stored?.from ?? '') && until === (stored?.until ?? '');
  if (!/^\d{1,2}$/.test(days) || Number(days) < 1 || Number(days) > 30)
    faults.push({ field: 'vacation-days', words: t('incoming.notDays') });
  if (from !== '' && !isDay(from)) faults.push({ field: 'vacation-from', words: t('incoming.notDay') });
  if (until !== '' && !isDay(until)) faults.push({ field: 'vacation-until', words: t('incoming.notDay') });
  else if (until !== '' && from !== '' && until < from)
    faults.push({ field: 'vacation-until', words: t('incoming.lastBeforeFirst') });
  else if (until !== '' && !isSame && until < dayOf(now, zone))
    faults.push({ field: 'vacation-until', words: t('incoming.dayOver') });
  const times = {
    days: Number(days),
    ...(from === '' ? {} : { from }),
    ...(until === '' ? {} : { until }),
    zone: isSame && stored ? stored.zone : zone,
    contactsOnly: values['vacation-contacts'] !== '',
  };
  return { times, faults };
}

export const readDeliveryValues = (body: Readonly<Record<string, unknown>> | undefined): DeliveryValues =>
  readValues(body, deliveryFields);

/** Addresses as people write them: one a line, or with commas, semicolons, blanks; a bare name is of `domain`. */
export function readAddresses(text: string, domain: string): readonly string[] {
  return text
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map((word) => (word.includes('@') ? word : `${word}@${domain}`));
}

/** What was typed, as the account store takes it. */
export function readDelivery(
  values: DeliveryValues,
  domain: string,
  times?: VacationTimes | undefined,
): NonNullable<AccountChange['delivery']> {
  const kind = values.delivery === 'forward' || values.delivery === 'discard' ? values.delivery : 'mailbox';
  return {
    kind,
    forwards: kind === 'forward' ? readAddresses(values.forwards, domain) : [],
    keepsCopy: kind === 'forward' && values.keep !== '',
    vacation:
      values.vacation === ''
        ? undefined
        : {
            subject: values['vacation-subject'].trim(),
            message: values['vacation-message'].replace(/\r\n?/g, '\n'),
            times,
          },
  };
}

/** Is the choice typed the one that is stored? Then nothing is written, and no rule about writing is in the way. */
export function isSameDelivery(
  choice: DeliveryChoice,
  typed: NonNullable<AccountChange['delivery']>,
): boolean {
  const trim = (text: string | undefined): string => (text ?? '').replace(/\r\n?/g, '\n').trim();
  return (
    choice.kind === typed.kind &&
    (choice.kind !== 'forward' ||
      (choice.forwards.join('\n') === typed.forwards.join('\n') && choice.keepsCopy === typed.keepsCopy)) &&
    (choice.vacation === undefined) === (typed.vacation === undefined) &&
    choice.vacation?.subject === typed.vacation?.subject &&
    trim(choice.vacation?.message) === trim(typed.vacation?.message) &&
    isSameTimes(choice.vacation?.times, typed.vacation?.times)
  );
}

/** Nothing typed changes nothing. */
const isSameTimes = (stored: VacationTimes | undefined, typed: VacationTimes | undefined): boolean =>
  typed === undefined ||
  (stored !== undefined &&
    stored.days === typed.days &&
    stored.from === typed.from &&
    stored.until === typed.until &&
    stored.contactsOnly === typed.contactsOnly &&
    // Without days no zone matters.
    (stored.zone === typed.zone || (stored.from ?? stored.until) === undefined));
