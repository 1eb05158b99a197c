// What the mailbox refuses, as IMAP says it (RFC 5530 response codes). Pure.
import { MailboxRefusal, type Refusal } from '../mailbox/uid-types.ts';
import { type Answer, no } from './command.ts';

const codes: Readonly<Record<Refusal, string>> = {
  'no such folder': 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  'bad name': 'CANNOT',
  reserved: 'CANNOT',
  'has children': 'HASCHILDREN',
  'over quota': 'OVERQUOTA',
  'too many keywords': 'LIMIT',
  'no right': 'NOPERM',
};

export const isMissingFolder = (error: unknown): boolean =>
  error instanceof MailboxRefusal && error.refusal === 'no such folder';

const words: Readonly<Record<Refusal, string>> = {
  'no such folder': 'There is no such mailbox',
  exists: 'There is a mailbox of this name already',
  'bad name': 'A mailbox cannot have this name',
  reserved: 'This mailbox cannot be changed',
  'has children': 'This mailbox has others below it',
  'over quota': 'The mailbox is full',
  'too many keywords': 'There is no room for more keywords',
  'no right': 'You have not the right to do this here',
};

/** Commands whose missing folder may be made and the command tried again (RFC 9051 7.1, TRYCREATE). */
const fillers = new Set(['APPEND', 'COPY', 'MOVE', 'REPLACE']);

export function refusalAnswer({ refusal, message }: MailboxRefusal, command: string): Answer {
  const code = refusal === 'no such folder' && fillers.has(command) ? 'TRYCREATE' : codes[refusal];
  // RFC 6851 4.1 lets a server refuse it.
  if (refusal === 'exists' && command === 'MOVE') return no('The messages are in this mailbox', 'CANNOT');
  const isPlain = message !== '' && /^[\x20-\x7e]+$/.test(message);
  return no((refusal === 'bad name' || refusal === 'no right') && isPlain ? message : words[refusal], code);
}
