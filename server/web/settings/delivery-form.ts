// What happens to an account's mail, as a form: mailbox, forward, throw away, and a vacation answer
// (spec/qmailadmin.md 2.3). Users have it in their settings, administrators on the page of an account. Pure.
import type { AccountChange, DeliveryChoice } from '../../../mta/accounts/administration.ts';
import { readValues } from '../shell/form.ts';

/** Names of the inputs; those of the vacation are the fields that a refusal names. */
export const deliveryFields = [
  'delivery',
  'forwards',
  'keep',
  'vacation',
  'vacation-subject',
  'vacation-message',
] as const;
export type DeliveryValues = Readonly<Record<(typeof deliveryFields)[number], string>>;

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
export function readDelivery(values: DeliveryValues, domain: string): NonNullable<AccountChange['delivery']> {
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
    trim(choice.vacation?.message) === trim(typed.vacation?.message)
  );
}
