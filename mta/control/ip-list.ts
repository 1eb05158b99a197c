// control/moreipme and control/notipme (spec/qmail.md 3.2): addresses that are this machine's besides those of its
// interfaces, and addresses that are not. When both hold one, the entry with the longer prefix wins. Pure.
import { isIP, isIPv4 } from 'node:net';
import { makeClientMatcher } from './network.ts';
import type { ControlFile } from './reading.ts';
import { ControlError, readLines } from './reading.ts';

/** Reads ADDRESS, ADDRESS/BITS or ADDRESS/MASK lines; the values are ADDRESS/BITS. */
export function readAddressList(file: ControlFile): readonly string[] {
  return (readLines(file) ?? []).map((line) => {
    const [, address = '', rest] = /^([0-9A-Fa-f:.]+?)(?:\/([0-9.]+))?$/.exec(line.trim()) ?? [];
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const bits = rest === undefined ? longest : isIPv4(rest) ? maskBits(rest) : Number(rest);
    if (family === 0 || !Number.isInteger(bits) || bits > longest)
      throw new ControlError(file.path, line, 'an IP address, ADDRESS/BITS or ADDRESS/MASK');
    return `${address}/${bits}`;
  });
}

/** `255.255.255.0` is 24; NaN when its ones are not in front. */
function maskBits(mask: string): number {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : Number.NaN;
}

/** ipme_is with moreipme and notipme: +1 ours, -1 not ours, 0 neither list knows it. */
export function judgeOwnAddress(ip: string, more: readonly string[], not: readonly string[]): -1 | 0 | 1 {
  const longest = (list: readonly string[]): number =>
    Math.max(
      -1,
      ...list.filter((one) => makeClientMatcher([one])(ip)).map((one) => Number(one.split('/')[1])),
    );
  const [ours, others] = [longest(more), longest(not)];
  if (ours < 0 && others < 0) return 0;
  return ours > others ? 1 : -1;
}
