// What the mailbox refuses, as errors that callers can tell apart. They cross the worker boundary by name.
import { MailboxRefusal, type Refusal } from './uid-types.ts';

/** A folder name that Maildir++ cannot hold; the message is one sentence for people. */
export class FolderNameError extends Error {
  override readonly name = 'FolderNameError';
}

/** The folder does not exist (and plays no special role, so it is not made at first need). */
export class NoSuchFolderError extends Error {
  override readonly name = 'NoSuchFolderError';
}

/** The Maildir cannot be used: not a directory, a symbolic link, not ours to read or write. */
export class MailboxUnavailableError extends Error {
  override readonly name = 'MailboxUnavailableError';
}

/** The index worker closes: whoever asked the message reader has no answer any more, which is no fault to log. */
export class ReaderClosedError extends Error {
  override readonly name = 'ReaderClosedError';
}

/** An error in a form that a message channel carries. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const code = error instanceof MailboxRefusal ? error.refusal : (error as NodeJS.ErrnoException).code;
  return { name: error.name, message: error.message, code: typeof code === 'string' ? code : undefined };
}

export function fromPlainError(plain: PlainError): Error {
  switch (plain.name) {
    case 'FolderNameError':
      return new FolderNameError(plain.message);
    case 'NoSuchFolderError':
      return new NoSuchFolderError(plain.message);
    case 'MailboxRefusal':
      return new MailboxRefusal(plain.code as Refusal, plain.message);
    case 'MailboxUnavailableError':
      return new MailboxUnavailableError(plain.message);
    default:
      return Object.assign(new Error(plain.message), plain.code === undefined ? {} : { code: plain.code });
  }
}
