// Passwords that the server makes when an administrator asks for one: four groups of letters and digits that cannot be
// taken for each other, about 90 random bits. Shown once, in the form, and never stored but as a hash.
import { randomInt } from 'node:crypto';

const lower = 'abcdefghijkmnpqrstuvwxyz';
const upper = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const digits = '23456789';
const all = lower + upper + digits;

const pick = (letters: string): string => letters[randomInt(letters.length)]!;

/** A new password. It holds letters of both cases, digits and hyphens, as common policies want. */
export function makePassword(): string {
  for (;;) {
    const groups = Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => pick(all)).join(''));
    const text = groups.join('-');
    if ([/[a-z]/, /[A-Z]/, /[0-9]/].every((kind) => kind.test(text))) return text;
  }
}
