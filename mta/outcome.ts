// The three outcomes of everything that can be asked of the mail system, as qmail writes them on its pipes:
// K success, Z temporary failure (try again), D permanent failure. They are values across every boundary;
// exceptions are for our own bugs.

/** One outcome with its words for people and logs. `text` has no trailing line feed and may hold inner ones. */
export interface Outcome {
  readonly code: 'K' | 'Z' | 'D';
  readonly text: string;
}

/** Done, durable where the caller asked for durability. */
export const success = (text: string): Outcome => ({ code: 'K', text });
/** Not now: the caller keeps the message and tries again. */
export const temporary = (text: string): Outcome => ({ code: 'Z', text });
/** Never: the caller bounces or tells its client. */
export const permanent = (text: string): Outcome => ({ code: 'D', text });
