// Events that gather for a moment and go on together, in the order in which they came: whoever records one never waits. What is
// too much is counted and dropped.

export interface Gathering<T> {
  record(event: T): void;
  /** Passes on what is there now, after what is under way. */
  flush(): Promise<void>;
}

/**
 * @param most events that may wait
 * @param milliseconds that the first one waits for others
 * @param pass takes them, and how many were dropped since it was last called; never rejects
 */
export function gather<T>(
  most: number,
  milliseconds: number,
  pass: (events: readonly T[], left: number) => Promise<void>,
): Gathering<T> {
  let waiting: T[] = [];
  let left = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(() => {
      const [events, dropped] = [waiting, left];
      waiting = [];
      left = 0;
      return pass(events, dropped);
    });
    return flushing;
  };
  return {
    record(event) {
      if (waiting.length >= most) {
        left += 1;
        return;
      }
      waiting.push(event);
      timer ??= setTimeout(() => void flush(), milliseconds).unref();
    },
    flush,
  };
}
