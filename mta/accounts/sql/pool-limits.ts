// How many connections a process keeps to one server, and how long it waits for it.

/** Connections to one server. Look-ups take a millisecond: a few carry thousands a second. */
export const CONNECTIONS = 4;
/** Milliseconds in which a connection must be there: a server that just starts, or a machine that is busy, has time. */
export const CONNECT_MS = 10_000;
/** Milliseconds in which a statement must be answered, also one that waits for a lock. */
export const ANSWER_MS = 15_000;
/** Milliseconds after which a connection that nobody uses is closed. */
export const IDLE_MS = 60_000;
