// Hosts that did not answer lately: qmail's tcpto table (spec/qmail.md 8.5), for IPv4 and IPv6, in memory.
// Only connect timeouts count, not refusals: a dead address costs a delivery slot a minute, a refusal costs nothing.
// It starts empty, as qmail-rspawn empties queue/lock/tcpto when it starts; that file itself is not written here.

/** Records kept, as in qmail's file. */
const MAX_RECORDS = 64;
const MAX_COUNT = 10;
/** Seconds that must lie between two timeouts for the second to count. */
const MIN_INTERVAL = 120;

interface HostRecord {
  count: number;
  /** Seconds since 1970. */
  time: number;
}

/** Remembers timeouts. Times are seconds since 1970. */
export interface TimeoutTable {
  /** Should the address be left alone: two or more timeouts, the last one about an hour ago or less? */
  isResting(address: string, now: number): boolean;
  recordTimeout(address: string, now: number): void;
  recordSuccess(address: string): void;
}

/** `random` (0 to 1) spreads the end of the rest between 3840 and 5824 seconds, as the process id does in qmail. */
export function createTimeoutTable(random: () => number = Math.random): TimeoutTable {
  const records = new Map<string, HostRecord>();
  const makeRoom = () => {
    let oldest: [string, number] | undefined;
    for (const [address, { time, count }] of records) {
      const worth = time + count * 1024;
      if (!oldest || worth < oldest[1]) oldest = [address, worth];
    }
    if (oldest) records.delete(oldest[0]);
  };
  return {
    isResting(address, now) {
      const record = records.get(address);
      if (!record || record.count < 2) return false;
      return now - record.time < (60 + Math.floor(random() * 32)) * 64;
    },
    recordTimeout(address, now) {
      const record = records.get(address);
      if (!record) {
        if (records.size >= MAX_RECORDS) makeRoom();
        records.set(address, { count: 1, time: now });
        return;
      }
      if (record.count > 0 && now - record.time < MIN_INTERVAL) return;
      record.count = Math.min(MAX_COUNT, record.count + 1);
      record.time = now;
    },
    recordSuccess(address) {
      const record = records.get(address);
      if (record) record.count = 0;
    },
  };
}
