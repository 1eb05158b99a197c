// Deliveries at once to one destination (a mail domain, or a relay of smtproutes): so many at most, the others wait in
// order of arrival, each destination in its own line, so that none waits for another's. Nobody waits for ever: every
// delivery ends (all its waits have limits) and then the next in its line goes.

/** The lines before the destinations. */
export interface DestinationSlots {
  /** Waits for a place; false: closed before one came. `limit` counts from the next start on. */
  enter(destination: string, limit: number): Promise<boolean>;
  /** Gives the place back. */
  leave(destination: string): void;
  /** Those who wait go home with false, and so do all who come later. */
  close(): void;
}

interface Line {
  running: number;
  limit: number;
  /** Waiters from `head` on. */
  readonly waiting: ((mayGo: boolean) => void)[];
  head: number;
}

export function createDestinationSlots(): DestinationSlots {
  const lines = new Map<string, Line>();
  let isClosed = false;

  const startNext = (destination: string, line: Line) => {
    while (line.running < line.limit && line.head < line.waiting.length) {
      line.running++;
      line.waiting[line.head++]!(true);
    }
    if (line.head === line.waiting.length) {
      line.waiting.length = 0;
      line.head = 0;
      if (line.running === 0) lines.delete(destination);
    } else if (line.head > 1000) {
      line.waiting.splice(0, line.head);
      line.head = 0;
    }
  };

  return {
    enter(destination, limit) {
      if (isClosed) return Promise.resolve(false);
      const line = lines.get(destination) ?? { running: 0, limit, waiting: [], head: 0 };
      lines.set(destination, line);
      // A limit of 0 would let nobody through, ever.
      line.limit = Math.max(1, limit);
      return new Promise((resolve) => {
        line.waiting.push(resolve);
        startNext(destination, line);
      });
    },

    leave(destination) {
      const line = lines.get(destination);
      if (!line) return;
      line.running--;
      startNext(destination, line);
    },

    close() {
      isClosed = true;
      for (const line of lines.values())
        for (const goHome of line.waiting.splice(0).slice(line.head)) goHome(false);
      for (const line of lines.values()) line.head = 0;
    },
  };
}
