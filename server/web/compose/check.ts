// What must be true before a message is handed to the outbox (spec/webmail.md 4.2): at least one recipient, every address
// well-formed, no more than the site allows, local mailboxes exist. Answers in sentences for the person, each with the field
// it belongs to. What is only odd is asked about: questions.ts.
import type { Accounts } from '../../../mta/accounts/types.ts';
import { type Log, quoted } from '../../../mta/log.ts';
import type { Translate } from '../words/words.ts';
import { likelyNames } from './likely-names.ts';
import { parseRecipients, type Recipient, withoutDuplicates } from './recipients.ts';

export interface Fault {
  /** Field of the form that the focus goes to. */
  readonly field: 'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'subject' | 'body' | 'file' | 'form';
  readonly words: string;
}

export interface CheckedRecipients {
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
  readonly faults: readonly Fault[];
}

/** What addresses are looked up in; `recipientExists` true for all finds no fault with mailboxes. */
export type AddressBook = Pick<Accounts, 'findDomain' | 'findAccount' | 'recipientExists'>;

export interface CheckParts {
  readonly accounts: AddressBook;
  readonly log: Log;
  readonly t: Translate;
  /** Recipients that one message may have. */
  readonly most: number;
}

/** Parses the three fields and looks up local recipients. A lookup that fails is left to the queue, and logged. */
export async function checkRecipients(
  fields: { readonly to: string; readonly cc: string; readonly bcc: string },
  parts: CheckParts,
): Promise<CheckedRecipients> {
  const { t, most } = parts;
  const faults: Fault[] = [];
  const seen = new Set<string>();
  const lists: Record<'to' | 'cc' | 'bcc', readonly Recipient[]> = { to: [], cc: [], bcc: [] };
  for (const field of ['to', 'cc', 'bcc'] as const) {
    const parsed = parseRecipients(fields[field]);
    faults.push(...parsed.faults.map(({ words }) => ({ field, words })));
    lists[field] = withoutDuplicates(parsed.recipients, seen);
  }
  if (seen.size === 0 && faults.length === 0) faults.push({ field: 'to', words: t('check.noRecipient') });
  if (seen.size > most) {
    faults.push({ field: 'to', words: t('check.tooMany', { n: most, count: seen.size }) });
    return { ...lists, faults };
  }
  for (const field of ['to', 'cc', 'bcc'] as const) {
    const found = await Promise.all(lists[field].map((one) => findFault(one, parts)));
    faults.push(...found.filter((words) => words !== undefined).map((words) => ({ field, words })));
  }
  return { ...lists, faults };
}

/** The domain of a recipient as the envelope has it. */
export const domainOf = ({ envelope }: Recipient): string => envelope.slice(envelope.lastIndexOf('@') + 1);

async function findFault(
  recipient: Recipient,
  { accounts, log, t }: CheckParts,
): Promise<string | undefined> {
  const { address, envelope } = recipient;
  const domain = domainOf(recipient);
  if (domain.startsWith('[')) return undefined;
  try {
    if (await accounts.findDomain(domain)) {
      if (await accounts.recipientExists(envelope)) return undefined;
      const likely = await findLikely(envelope, accounts);
      return likely === undefined
        ? t('check.noMailbox', { address })
        : t('check.noMailboxBut', { address, likely });
    }
  } catch (error) {
    log(`web: recipient ${quoted(envelope)} could not be looked up: ${quoted(String(error))}`);
    return undefined;
  }
  return domain.includes('.') ? undefined : t('compose.notAddress', { text: address });
}

/** Lookups for one mistyped address, and for how long they may take in all, milliseconds. */
const mostGuesses = 400;
const guessTime = 300;

/** A name of the domain that is one slip of a finger away: `bob` for `bbo`. */
async function findLikely(envelope: string, accounts: AddressBook): Promise<string | undefined> {
  const at = envelope.lastIndexOf('@');
  const until = performance.now() + guessTime;
  const names = likelyNames(envelope.slice(0, at).toLowerCase()).slice(0, mostGuesses);
  for (let first = 0; first < names.length && performance.now() < until; first += 20) {
    const some = names.slice(first, first + 20);
    const found = await Promise.all(
      some.map((name) => accounts.findAccount(`${name}${envelope.slice(at)}`, 60_000)),
    );
    const index = found.findIndex((account) => account !== undefined);
    if (index >= 0) return some[index];
  }
  return undefined;
}
