// What the audit log says of a change: the old beside the new, without secrets and without long texts (security.md A8). Pure.
import type { DeliveryChoice } from '../administration.ts';
import type { DomainLimits } from '../limits.ts';

/** `"a" to "b"`, or the one when it has stayed. Nothing on a side is said in words. */
export const fromTo = (before: string, after: string): string =>
  before === after ? after || 'nothing' : `${before || 'nothing'} to ${after || 'nothing'}`;

/** Where the mail of an account goes; of a vacation only that there is one. */
export function deliveryWords({
  kind,
  forwards,
  keepsCopy,
  vacation,
}: Omit<DeliveryChoice, 'otherLines'>): string {
  const target = kind === 'forward' ? ` to ${forwards.join(' ')}${keepsCopy ? ' and keep' : ''}` : '';
  return `${kind}${target}${vacation === undefined ? '' : ' with vacation'}`;
}

/** The limits that differ, each with its old and its new number; switches and denials are sums of bits. */
export function limitWords(before: DomainLimits, after: DomainLimits): string {
  const flat = ({ denied, ...numbers }: DomainLimits): readonly (readonly [string, number])[] => [
    ...Object.entries(numbers),
    ...Object.entries(denied).map(([what, bits]) => [`denied ${what}`, bits] as const),
  ];
  const old = new Map(flat(before));
  const words = flat(after).flatMap(([what, number]) =>
    old.get(what) === number ? [] : [`${what} ${old.get(what)} to ${number}`],
  );
  return words.length === 0 ? 'nothing' : words.join(', ');
}
