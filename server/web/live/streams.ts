// The open answers of /events: who has one, what is written to it, and when it ends (webmail.md 2.7). Guarantees: not more
// of them than the limits say, for all, for an account and for an address; nothing is kept for a browser that does not
// read; none outlives its session by more than a moment, nor holds up the end of the program.
import type { ServerResponse } from 'node:http';
import type { NumberedEvent } from '../state/live.ts';

/** Why a stream ends: `signedout` says so on the page, `later` sends it to asking now and then. */
export type EndReason = 'signedout' | 'later' | 'restart';

export interface StreamLimits {
  readonly all: number;
  readonly ofAccount: number;
  readonly ofAddress: number;
}

export const streamLimits: StreamLimits = { all: 4000, ofAccount: 16, ofAddress: 64 };

/** Bytes that wait for a browser which does not read. */
const mostWaiting = 64 * 1024;

export interface Stream {
  readonly account: string;
  /** Hash of the session that it belongs to. */
  readonly session: string;
  /** Of the network; '' is not counted (a proxy that many come through). */
  readonly address: string;
  send(event: NumberedEvent): void;
  /** An event without a number. */
  say(name: string, text: string): void;
  end(reason: EndReason): void;
}

export interface Streams {
  /** Takes an answer over; undefined: there are too many, nothing is written. */
  open(
    res: ServerResponse,
    of: Pick<Stream, 'account' | 'session' | 'address'>,
    whenClosed: () => void,
  ): Stream | undefined;
  /** Those of an account. */
  of(account: string): readonly Stream[];
  /** Accounts that have one. */
  accounts(): readonly string[];
  readonly size: number;
  /** A line that says nothing, so that nobody in between thinks them dead. */
  ping(): void;
  endAll(reason: EndReason): void;
}

/** An event as it is on the wire (WHATWG HTML 9.2); texts of ours hold no line ends. */
export const eventText = (name: string, text: string, number?: number): string =>
  `${number === undefined ? '' : `id: ${number}\n`}event: ${name}\ndata: ${text}\n\n`;

export function createStreams(limits: StreamLimits = streamLimits): Streams {
  const all = new Set<Stream & { readonly write: (text: string) => void }>();
  const byAccount = new Map<string, Set<Stream>>();
  const byAddress = new Map<string, number>();

  const release = (stream: Stream & { readonly write: (text: string) => void }): boolean => {
    if (!all.delete(stream)) return false;
    const mine = byAccount.get(stream.account);
    mine?.delete(stream);
    if (mine?.size === 0) byAccount.delete(stream.account);
    const left = (byAddress.get(stream.address) ?? 1) - 1;
    if (left > 0) byAddress.set(stream.address, left);
    else byAddress.delete(stream.address);
    return true;
  };

  return {
    open(res, { account, session, address }, whenClosed) {
      const others = byAccount.get(account) ?? new Set<Stream>();
      // Browsers that went to sleep hold theirs: the oldest makes room, and asks now and then should it wake.
      if (others.size >= limits.ofAccount) others.values().next().value?.end('later');
      if (all.size >= limits.all) return undefined;
      if (address !== '' && (byAddress.get(address) ?? 0) >= limits.ofAddress) return undefined;
      const write = (text: string): void => {
        if (!all.has(stream)) return;
        if (res.writableLength > mostWaiting) res.destroy();
        else res.write(text);
      };
      const stream = {
        account,
        session,
        address,
        write,
        send: ({ number, event: { kind, ...rest } }: NumberedEvent): void =>
          write(eventText(kind, JSON.stringify(rest), number)),
        say: (name: string, text: string): void => write(eventText(name, text)),
        end(reason: EndReason): void {
          write(eventText('end', reason));
          if (!release(stream)) return;
          whenClosed();
          res.end();
          // Who does not read its end does not keep the connection.
          setTimeout(() => res.destroy(), 2000).unref();
        },
      };
      all.add(stream);
      byAccount.set(account, (byAccount.get(account) ?? new Set<Stream>()).add(stream));
      if (address !== '') byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
      res.once('close', () => {
        if (release(stream)) whenClosed();
      });
      return stream;
    },
    of: (account) => [...(byAccount.get(account) ?? [])],
    accounts: () => [...byAccount.keys()],
    get size() {
      return all.size;
    },
    ping() {
      for (const stream of all) stream.write(':\n\n');
    },
    endAll(reason) {
      for (const stream of all) stream.end(reason);
    },
  };
}
