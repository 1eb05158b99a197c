// Hosts that did not answer lately: qmail's tcpto table (spec/qmail.md 8.5), one of 64 places for IPv4 and one for IPv6.
// Only connect timeouts count, not refusals: a dead address costs a delivery slot a minute, a refusal costs nothing.
// It starts empty, as qmail-rspawn empties queue/lock/tcpto when it starts; tcpto-disk.ts keeps that file.
import { isIpv6 } from './ip.ts';
import { TCPTO_RECORDS, type TimeoutRecord } from './tcpto-file.ts';

const MAX_COUNT = 10;
/** Seconds that must lie between two timeouts for the second to count. */
const MIN_INTERVAL = 120;

/** Remembers timeouts. Times are seconds since 1970. */
export interface TimeoutTable {
  /** Should the address be left alone: two or more timeouts, the last one about an hour ago or less? */
  isResting(address: string, now: number): boolean;
  recordTimeout(address: string, now: number): void;
  recordSuccess(address: string): void;
}

/** Called when an IPv4 record changes; `place` is its number in the file. A count of 0 means that it is over. */
export type RecordChanged = (place: number, record: TimeoutRecord) => void;

/** `random` (0 to 1) spreads the end of the rest between 3840 and 5824 seconds, as the process id does in qmail. */
export function createTimeoutTable(
  random: () => number = Math.random,
  changed: RecordChanged = () => undefined,
): TimeoutTable {
  const families: Readonly<Record<'four' | 'six', TimeoutRecord[]>> = { four: [], six: [] };
  const familyOf = (address: string) => families[isIpv6(address) ? 'six' : 'four'];
  const find = (address: string): [place: number, record: TimeoutRecord | undefined] => {
    const records = familyOf(address);
    const place = records.findIndex(({ ip }) => ip === address);
    return [place, records[place]];
  };
  const write = (place: number, record: TimeoutRecord) => {
    const records = familyOf(record.ip);
    records[place] = record;
    if (records === families.four) changed(place, record);
  };
  /** A free place, or that of the record least worth keeping. */
  const makeRoom = (address: string): number => {
    const records = familyOf(address);
    if (records.length < TCPTO_RECORDS) return records.length;
    const worth = records.map(({ time, count }) => time + count * 1024);
    return worth.indexOf(Math.min(...worth));
  };
  return {
    isResting(address, now) {
      const [, record] = find(address);
      if (!record || record.count < 2) return false;
      return now - record.time < (60 + Math.floor(random() * 32)) * 64;
    },
    recordTimeout(address, now) {
      const [place, record] = find(address);
      if (!record) {
        write(makeRoom(address), { ip: address, count: 1, time: now });
        return;
      }
      if (record.count > 0 && now - record.time < MIN_INTERVAL) return;
      write(place, { ip: address, count: Math.min(MAX_COUNT, record.count + 1), time: now });
    },
    recordSuccess(address) {
      const [place, record] = find(address);
      if (record && record.count > 0) write(place, { ...record, count: 0 });
    },
  };
}
