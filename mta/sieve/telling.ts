// What a script came to, in plain words: for those who try one out (`facteur sieve test`). Pure.
import type { FileCarbonCopy, SieveAction, SieveResult } from './types.ts';

/** A line each, in the order in which it would be done. */
export function tellResult(result: SieveResult): readonly string[] {
  if (result.error) {
    const { line, message } = result.error;
    return [`error in line ${line}: ${message}`, 'keep in INBOX, because the script went wrong'];
  }
  const told = result.actions.map((action) => tellAction(action, result));
  return told.length === 0 ? ['nothing'] : told;
}

const oneLine = (text: string): string => JSON.stringify(text.toWellFormed());
const flagged = (flags: readonly string[]): string =>
  flags.length === 0 ? '' : `, flags ${flags.join(' ')}`;
const copied = (fcc: FileCarbonCopy | undefined): string =>
  fcc ? `, a copy into ${oneLine(fcc.mailbox)}` : '';

function edited(edits: number, { headers }: SieveResult): string {
  const header = headers[edits];
  return edits === 0 || header === undefined ? '' : `, with ${edits} changes of its header`;
}

function tellAction(action: SieveAction, result: SieveResult): string {
  switch (action.type) {
    case 'keep': {
      const why = action.implicit ? ', because nothing else was said' : '';
      return `keep in INBOX${flagged(action.flags)}${edited(action.edits, result)}${why}`;
    }
    case 'fileinto': {
      const use = action.specialUse === undefined ? '' : ` or the folder for ${action.specialUse}`;
      const made = action.create ? ', made when it lacks' : '';
      return `file into ${oneLine(action.mailbox)}${use}${made}${flagged(action.flags)}${edited(action.edits, result)}`;
    }
    case 'redirect':
      return `send on to ${action.address}${edited(action.edits, result)}`;
    case 'discard':
      return 'discard';
    case 'reject':
      return `refuse with ${oneLine(action.reason)}`;
    case 'vacation': {
      const subject = action.subject === undefined ? '' : `, subject ${oneLine(action.subject)}`;
      return `answer once in ${action.seconds} seconds with ${oneLine(action.reason)}${subject}${copied(action.fcc)}`;
    }
    case 'notify':
      return `notify ${oneLine(action.method)}${copied(action.fcc)}`;
  }
}
