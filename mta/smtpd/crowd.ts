// Who is connected: connections in all and by address (an IPv4 address, an IPv6 /64), new ones a second, and how many
// log lines each address has had (spec/security.md R5, L4). In memory; an address that is gone for a minute is forgotten.
import { isIPv6 } from 'node:net';
import type { Log } from '../log.ts';
import type { Crowd } from './policy.ts';

interface Visitor {
  open: number;
  second: number;
  inSecond: number;
  lines: number;
  minute: number;
  inMinute: number;
  dropped: number;
  lastSeen: number;
}

const FREE_LINES = 100;
const LINES_A_MINUTE = 20;
const FORGET_AFTER = 60;
/** A scan from many addresses may not grow the table without end. */
const MOST_VISITORS = 100_000;

/** The unit in which clients are counted: the IPv4 address, or the IPv6 /64. */
export function networkOf(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=[0-9.]+$)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === '' ? [] : tail.split(':');
  while (groups.length + behind.length < 8) groups.push('0');
  return [...groups, ...behind]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** The table of one door. Times are seconds of a clock that only goes forward. */
export class CrowdTable {
  total = 0;
  readonly #visitors = new Map<string, Visitor>();
  readonly #log: Log;
  readonly #name: string;

  /** @param name of the role, which begins its lines */
  constructor(log: Log, name = 'smtpd') {
    this.#log = log;
    this.#name = name;
  }

  /** The state before this client is let in. */
  look(network: string, now: number): Crowd {
    const visitor = this.#visitors.get(network);
    return {
      total: this.total,
      fromAddress: visitor?.open ?? 0,
      thisSecond: visitor !== undefined && now - visitor.second < 1 ? visitor.inSecond : 0,
    };
  }

  enter(network: string, now: number): void {
    const visitor = this.#find(network, now);
    if (now - visitor.second >= 1) {
      visitor.second = now;
      visitor.inSecond = 0;
    }
    visitor.inSecond++;
    visitor.open++;
    this.total++;
  }

  leave(network: string, now: number): void {
    this.total--;
    const visitor = this.#visitors.get(network);
    if (visitor === undefined) return;
    visitor.open--;
    visitor.lastSeen = now;
  }

  /** Writes a line for this client, or only counts it: 100 are free, then 20 a minute (L4). */
  log(network: string, now: number, line: string): void {
    const visitor = this.#find(network, now);
    if (visitor.lines < FREE_LINES) {
      visitor.lines++;
      this.#log(line);
      return;
    }
    if (now - visitor.minute >= 60) {
      this.#reportDropped(network, visitor);
      visitor.minute = now;
      visitor.inMinute = 0;
    }
    // One of the twenty is kept for the counter line.
    if (visitor.inMinute < LINES_A_MINUTE - 1) {
      visitor.inMinute++;
      this.#log(line);
    } else visitor.dropped++;
  }

  /** Forgets who is gone; called about once a second. */
  sweep(now: number): void {
    for (const [network, visitor] of this.#visitors) {
      if (now - visitor.minute >= 60) this.#reportDropped(network, visitor);
      if (visitor.open === 0 && now - visitor.lastSeen >= FORGET_AFTER) this.#visitors.delete(network);
    }
  }

  #reportDropped(network: string, visitor: Visitor): void {
    if (visitor.dropped > 0)
      this.#log(`${this.#name}: ip=${network} result=log-limited reason=${visitor.dropped} lines`);
    visitor.dropped = 0;
  }

  #find(network: string, now: number): Visitor {
    let visitor = this.#visitors.get(network);
    if (visitor === undefined) {
      if (this.#visitors.size >= MOST_VISITORS) this.#forgetOne();
      visitor = {
        open: 0,
        second: now,
        inSecond: 0,
        lines: 0,
        minute: now,
        inMinute: 0,
        dropped: 0,
        lastSeen: now,
      };
      this.#visitors.set(network, visitor);
    }
    visitor.lastSeen = now;
    return visitor;
  }

  /** The oldest entry without a connection. */
  #forgetOne(): void {
    for (const [network, visitor] of this.#visitors) {
      if (visitor.open > 0) continue;
      this.#visitors.delete(network);
      return;
    }
  }
}
