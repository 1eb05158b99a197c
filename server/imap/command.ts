// What a command of IMAP is to the session: a row of a table with its name, the states in which it may come, how its
// arguments are read (cursor.ts) and what it does. The rows are in commands/, a file a group.
import type { Cursor } from './cursor.ts';
import type { LiteralHeader } from './reader.ts';
import type { Session } from './session.ts';

/** RFC 9051 3. `any`: also before login. */
export type SessionState = 'not authenticated' | 'authenticated' | 'selected' | 'logout';

/** The tagged answer. */
export interface Answer {
  readonly status: 'OK' | 'NO' | 'BAD';
  /** Without its brackets. */
  readonly code?: string | undefined;
  readonly text: string;
}

export const ok = (text: string, code?: string): Answer => ({ status: 'OK', text, code });
export const no = (text: string, code?: string): Answer => ({ status: 'NO', text, code });
export const bad = (text: string, code?: string): Answer => ({ status: 'BAD', text, code });

export const missingMailbox = (): Answer => no('There is no such mailbox', 'NONEXISTENT');

/** What is known of a command besides its arguments. */
export interface Call {
  /** It came as UID FETCH and so on. */
  readonly isUid: boolean;
  readonly tag: string;
  /** The literal of a message that follows; only for commands that take messages. */
  readonly message: LiteralHeader | undefined;
}

export interface Command<Arguments> {
  readonly name: string;
  /** `any`, or the least state that it needs. */
  readonly state: 'any' | 'not authenticated' | 'authenticated' | 'selected';
  /** May stand behind UID. */
  readonly uid?: 'also' | undefined;
  /**
   * What may be told before the tagged answer: `all`; `kept`: nothing that changes the numbers of messages; `nothing`.
   * After UID it is `all`. Undefined: `all`.
   */
  readonly telling?: 'all' | 'kept' | 'nothing' | undefined;
  /** It may take long, and says nothing before its end. */
  readonly isSlow?: boolean | undefined;
  /** It asks the mailbox for news even when nobody told of any. */
  readonly polls?: boolean | undefined;
  /** It has a message behind its text, and reads on itself. */
  readonly takesMessage?: boolean | undefined;
  /** Reads the arguments up to the end of the command. @throws SyntaxFault */
  parse(cursor: Cursor, call: Call, session: Session): Arguments;
  run(session: Session, given: Arguments, call: Call): Answer | Promise<Answer>;
}

/** A row of the table; what `parse` gives is what `run` takes. */
export type AnyCommand = Omit<Command<never>, 'run'> & {
  parse(cursor: Cursor, call: Call, session: Session): unknown;
  run(session: Session, given: never, call: Call): Answer | Promise<Answer>;
};

export const defineCommand = <Arguments>(command: Command<Arguments>): AnyCommand =>
  command as unknown as AnyCommand;

/** A command without arguments. */
export const noArguments = (cursor: Cursor): undefined => {
  cursor.end();
  return undefined;
};
