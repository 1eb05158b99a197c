// What every role is to those who start it: a running thing with addresses that can be closed.

/** A bound listener: `name` as in control/listen (smtp, http, ...), `address` as HOST:PORT or a socket path. */
export interface ListenAddress {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
}

/** A running role. */
export interface Service {
  readonly addresses: readonly ListenAddress[];
  /** Takes no new work, finishes what is in hand (10 s at most), releases sockets and files. Safe to call twice. */
  close(): Promise<void>;
}
