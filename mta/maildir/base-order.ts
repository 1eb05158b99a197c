// Courier's order of messages (spec/maildir-imap.md 3.2): the number that a name begins with, then the bytes of the name.
// UIDs and POP3 numbers are given in it. Pure; a hundred thousand names are sorted as numbers, and only those of one
// number compared as text.
import { orderNumbers } from '../formats/number-order.ts';

const leadingNumber = (name: string): number => {
  let number = 0;
  const end = Math.min(name.length, 15);
  for (let at = 0; at < end; at++) {
    const digit = name.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
};

const compareBytes = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));

export function compareBases(a: string, b: string): number {
  return leadingNumber(a) - leadingNumber(b) || compareBytes(a, b);
}

/** Places of these names in their order. */
export function orderBases(bases: readonly string[]): Float64Array {
  const size = bases.length;
  const numbers = Float64Array.from(bases, leadingNumber);
  const order = orderNumbers(numbers);
  for (let from = 0, to = 1; from < size; from = to++) {
    while (to < size && numbers[order[to]!] === numbers[order[from]!]) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compareBytes(bases[a]!, bases[b]!));
  }
  return order;
}

/** Items in the order of their names. */
export function sortByBase<Item>(items: readonly Item[], baseOf: (item: Item) => string): Item[] {
  const order = orderBases(items.map(baseOf));
  return Array.from(order, (at) => items[at]!);
}
