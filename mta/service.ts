// What every role is to those who start it: a running thing with addresses that can be closed.

/** A bound listener: `name` as in control/listen (smtp, http, ...), `address` as HOST:PORT or a socket path. */
export interface ListenAddress {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
}

/** Where to listen. */
export interface ListenPlace {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The socket of that address, bound by the parent and handed down: nothing is bound here. */
  readonly descriptor?: number | undefined;
}

/** What net.Server's listen takes for it. */
export const listenOptions = ({ host, port, descriptor }: ListenPlace) =>
  descriptor === undefined ? { host, port } : { fd: descriptor };

/** A running role. */
export interface Service {
  readonly addresses: readonly ListenAddress[];
  /** Takes no new work, finishes what is in hand (10 s at most), releases sockets and files. Safe to call twice. */
  close(): Promise<void>;
}
