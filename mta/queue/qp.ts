// The numbers of "qp": in qmail the pid of the qmail-queue that took the letter, in its answer, in its Received line and
// in qmail-send's log. Here no process stands for a letter. A queue number would not do, as it is given anew as soon as
// its letter is gone: two letters of one second would have the same. This one comes again after two thousand million.
import { randomInt } from 'node:crypto';

/** Old programs hold it in a signed int. */
const most = 2 ** 31 - 1;

let last = randomInt(2 ** 30);

/** The number of the next letter, decimal digits. */
export function nextQp(): string {
  last = last === most ? 1 : last + 1;
  return String(last);
}
