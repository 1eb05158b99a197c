// What must be true before a message is handed to the queue (spec/webmail.md 4.2): at least one recipient, every
// address well-formed, at most 100, local mailboxes exist; and the questions asked once (no subject, no text).
// Answers in sentences for the person, each with the field it belongs to.
import type { Accounts } from '../../../mta/accounts/types.ts';
import { type Log, quoted } from '../../../mta/log.ts';
import type { Draft } from './drafts.ts';
import { parseRecipients, type Recipient, withoutDuplicates } from './recipients.ts';

export interface Fault {
  /** Field of the form that the focus goes to. */
  readonly field: 'to' | 'cc' | 'bcc' | 'subject' | 'body' | 'file' | 'form';
  readonly words: string;
}

/** A question that the person answers by sending again; `name` is remembered in the field `confirmed`. */
export interface Question {
  readonly name: 'subject' | 'body';
  readonly words: string;
}

export interface CheckedRecipients {
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
  readonly faults: readonly Fault[];
}

export const mostRecipients = 100;

/** Parses the three fields and looks up local recipients. A lookup that fails is left to the queue, and logged. */
export async function checkRecipients(
  fields: { readonly to: string; readonly cc: string; readonly bcc: string },
  accounts: Pick<Accounts, 'findDomain' | 'recipientExists'>,
  log: Log,
): Promise<CheckedRecipients> {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  const lists: Record<'to' | 'cc' | 'bcc', readonly Recipient[]> = { to: [], cc: [], bcc: [] };
  for (const field of ['to', 'cc', 'bcc'] as const) {
    const parsed = parseRecipients(fields[field]);
    faults.push(...parsed.faults.map(({ words }) => ({ field, words })));
    lists[field] = withoutDuplicates(parsed.recipients, seen);
  }
  if (seen.size === 0 && faults.length === 0) {
    faults.push({ field: 'to', words: 'Say who this message is for.' });
  }
  if (seen.size > mostRecipients) {
    faults.push({
      field: 'to',
      words: `A message can go to ${mostRecipients} recipients; this one has ${seen.size}.`,
    });
    return { ...lists, faults };
  }
  for (const field of ['to', 'cc', 'bcc'] as const) {
    const found = await Promise.all(lists[field].map((one) => findFault(one, accounts, log)));
    faults.push(...found.filter((words) => words !== undefined).map((words) => ({ field, words })));
  }
  return { ...lists, faults };
}

async function findFault(
  recipient: Recipient,
  accounts: Pick<Accounts, 'findDomain' | 'recipientExists'>,
  log: Log,
): Promise<string | undefined> {
  const domain = recipient.envelope.slice(recipient.envelope.lastIndexOf('@') + 1);
  if (domain.startsWith('[')) return undefined;
  try {
    if (await accounts.findDomain(domain)) {
      return (await accounts.recipientExists(recipient.envelope))
        ? undefined
        : `There is no mailbox ${recipient.address}.`;
    }
  } catch (error) {
    log(`web: recipient ${quoted(recipient.envelope)} could not be looked up: ${quoted(String(error))}`);
    return undefined;
  }
  return domain.includes('.') ? undefined : `“${recipient.address}” is not a full address.`;
}

/** The questions still open; `confirmed` holds the names of those answered with "send anyway". */
export function openQuestions(draft: Draft, confirmed: string): readonly Question[] {
  const answered = new Set(confirmed.split(',').slice(0, 10));
  const questions: Question[] = [];
  if (draft.fields.subject.trim() === '') {
    questions.push({ name: 'subject', words: 'This message has no subject. Send it anyway?' });
  }
  if (draft.fields.body.trim() === '' && draft.attachments.length === 0) {
    questions.push({ name: 'body', words: 'This message has no text. Send it anyway?' });
  }
  return questions.filter((question) => !answered.has(question.name));
}
