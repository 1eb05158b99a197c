// One answer of /events as it comes in: lines to events, and when it was last heard of. The answer is read by hand, not by
// EventSource, for that hides what tells a sleeping connection from a dead one.

export interface Told {
  readonly kind: string;
  /** Undefined: not numbered, of this connection only. */
  readonly number: string | undefined;
  readonly text: string;
}

/** Cuts what came in into events; what is not whole yet waits for the next piece. */
export function createEventReader(tell: (told: Told) => void): (piece: string) => void {
  let rest = '';
  let number: string | undefined;
  let kind = '';
  let text = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (kind !== '' || number !== undefined) tell({ kind, number, text });
        number = undefined;
        kind = text = '';
      } else if (line.startsWith('id: ')) number = line.slice(4);
      else if (line.startsWith('event: ')) kind = line.slice(7);
      else if (line.startsWith('data: ')) text = line.slice(6);
    }
  };
}

/** Silence after which a connection is dead, milliseconds: the server says something every 25 s. */
const longestSilence = 60_000;

/**
 * Reads /events until it ends.
 * @param heard the number to go on after
 * @returns the status it ended with: 200 when it was there and ended, 0 when nobody could be reached
 */
export async function readStream(
  address: string,
  heard: string | undefined,
  tell: (told: Told) => void,
  stop: AbortSignal,
): Promise<number> {
  const dead = new AbortController();
  let lastHeard = Date.now();
  const look = (): void => {
    if (Date.now() - lastHeard > longestSilence) dead.abort();
  };
  const timer = setInterval(look, 10_000);
  // Awake again, or back from another network: what was silent meanwhile is looked at now.
  document.addEventListener('visibilitychange', look);
  addEventListener('online', look);
  const end = (): void => dead.abort();
  stop.addEventListener('abort', end);
  let status = 0;
  try {
    const response = await fetch(address, {
      headers: { 'X-Fragment': '1', ...(heard === undefined ? {} : { 'Last-Event-ID': heard }) },
      signal: dead.signal,
    });
    status = response.status;
    if (!response.ok || !response.body) return status;
    const read = createEventReader(tell);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return status;
      lastHeard = Date.now();
      read(decoder.decode(value, { stream: true }));
    }
  } catch {
    return status;
  } finally {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
    removeEventListener('online', look);
    stop.removeEventListener('abort', end);
  }
}
