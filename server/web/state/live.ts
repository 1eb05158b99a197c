// Who is told what changed, while it changes: rooms tell, open pages listen (webmail.md 2.7). Events are hints, never
// content: a page asks again for what it shows. Each account has a number that counts its events, and the last ones are
// kept for a page that lost its connection for a moment. In memory: after a restart every page asks anew.

/** `kind` names what changed; the rest is small and says nothing that an address of ours would not. */
export type LiveEvent =
  | { readonly kind: 'folder'; readonly folder: string; readonly unread: number; readonly total: number }
  | { readonly kind: 'add' | 'change' | 'remove'; readonly folder: string; readonly ids: readonly string[] }
  | { readonly kind: 'draft'; readonly draft: string; readonly revision: number }
  | { readonly kind: 'outbox' }
  | {
      readonly kind: 'job';
      readonly id: string;
      readonly state: string;
      readonly done: number;
      readonly total: number;
    };

export interface NumberedEvent {
  readonly number: number;
  readonly event: LiveEvent;
}

export interface Live {
  tell(address: string, event: LiveEvent): void;
  /** @returns what stops it */
  listen(address: string, hear: (event: NumberedEvent) => void): () => void;
  /** What came after a number; undefined when it is not known any more: the page must load again. */
  since(address: string, number: number): readonly NumberedEvent[] | undefined;
  /** Is a page of the account open? */
  isHeard(address: string): boolean;
  /** The number of the last event. */
  last(address: string): number;
  /** Nobody looks after this account any more: what was kept would have holes. */
  forget(address: string): void;
}

const mostKept = 1000;
const keptFor = 600_000;

export function createLive(now: () => number): Live {
  interface Line {
    number: number;
    kept: { readonly at: number; readonly told: NumberedEvent }[];
    readonly listeners: Set<(event: NumberedEvent) => void>;
  }
  const lines = new Map<string, Line>();
  const lineOf = (address: string): Line => {
    // Numbers of another run of the program, and of a line that was forgotten, are far away.
    const first = Math.floor(now() / 1000) * 1000;
    const line = lines.get(address) ?? { number: first, kept: [], listeners: new Set() };
    lines.set(address, line);
    return line;
  };
  const forget = (line: Line): void => {
    const oldest = now() - keptFor;
    const from = line.kept.findIndex(({ at }) => at >= oldest);
    if (from !== 0) line.kept = from < 0 ? [] : line.kept.slice(from);
    if (line.kept.length > mostKept) line.kept = line.kept.slice(-mostKept);
  };
  return {
    tell(address, event) {
      const line = lines.get(address);
      // Nobody listens and nobody did: a page that comes asks for everything anyway.
      if (!line) return;
      line.number += 1;
      const told = { number: line.number, event };
      line.kept.push({ at: now(), told });
      forget(line);
      for (const hear of line.listeners) hear(told);
    },
    listen(address, hear) {
      const line = lineOf(address);
      line.listeners.add(hear);
      return () => {
        line.listeners.delete(hear);
      };
    },
    since(address, number) {
      const line = lines.get(address);
      if (!line) return undefined;
      forget(line);
      if (number === line.number) return [];
      const firstKept = line.kept[0]?.told.number;
      if (number > line.number || firstKept === undefined || number < firstKept - 1) return undefined;
      return line.kept.filter(({ told }) => told.number > number).map(({ told }) => told);
    },
    isHeard: (address) => (lines.get(address)?.listeners.size ?? 0) > 0,
    last: (address) => lineOf(address).number,
    forget(address) {
      if (lines.get(address)?.listeners.size === 0) lines.delete(address);
    },
  };
}
