// What is asked once before a message leaves (spec/webmail.md 4.2, 4.3): a domain without mail servers, recipients who will
// see each other, no subject, no text, a file that the text speaks of and that is not there. The person answers by sending
// again; some they may put off for ever. All of it works as a plain form.
import type { Translate } from '../words/words.ts';
import { type CheckedRecipients, domainOf } from './check.ts';
import type { Draft } from './drafts.ts';

export const questionNames = ['domain', 'open', 'subject', 'body', 'attachment'] as const;
export type QuestionName = (typeof questionNames)[number];

/** A question that the person answers by sending again; `name` is remembered in the field `confirmed`. */
export interface Question {
  readonly name: QuestionName;
  readonly words: string;
  /** Offers "Do not ask again" (field `never-NAME`). */
  readonly canStop: boolean;
}

/** Does a domain take mail? `none`: the DNS says that it does not. */
export type FindMailDomain = (domain: string) => Promise<'there' | 'none' | 'unknown'>;

/** Above so many recipients in To and Cc they are asked about. */
const mostOpen = 5;
/** Domains of one message that are looked up, and how long that may take, milliseconds. */
const mostDomains = 20;
const lookupTime = 2000;

export interface QuestionParts {
  readonly t: Translate;
  /** Questions answered with "send anyway", and those that are not asked any more. */
  readonly confirmed: string;
  readonly neverAsk: readonly string[];
  /** Undefined: nobody is asked. */
  readonly findMailDomain: FindMailDomain | undefined;
}

/** The questions still open, in the order in which they are shown. */
export async function openQuestions(
  draft: Pick<Draft, 'fields' | 'attachments'>,
  recipients: Pick<CheckedRecipients, 'to' | 'cc' | 'bcc'>,
  { t, confirmed, neverAsk, findMailDomain }: QuestionParts,
): Promise<readonly Question[]> {
  const answered = new Set<string>([...confirmed.split(',').slice(0, 10), ...neverAsk]);
  const questions: Question[] = [];
  const ask = (name: QuestionName, words: string): void => {
    questions.push({ name, words, canStop: name !== 'domain' });
  };
  const { fields, attachments } = draft;
  if (!answered.has('domain') && findMailDomain) {
    const none = await findDeadDomains(recipients, findMailDomain);
    if (none.length > 0) ask('domain', t('check.noDomain', { n: none.length, domains: none.join(', ') }));
  }
  const open = [...recipients.to, ...recipients.cc];
  const domains = new Set(open.map((one) => domainOf(one).toLowerCase()));
  if (open.length > mostOpen && domains.size > 1) ask('open', t('check.open', { n: open.length }));
  if (fields.subject.trim() === '') ask('subject', t('check.noSubject'));
  if (fields.body.trim() === '' && attachments.length === 0) ask('body', t('check.noBody'));
  if (attachments.length === 0 && speaksOfFile(fields, t)) ask('attachment', t('check.noAttachment'));
  return questions.filter(({ name }) => !answered.has(name));
}

async function findDeadDomains(
  { to, cc, bcc }: Pick<CheckedRecipients, 'to' | 'cc' | 'bcc'>,
  find: FindMailDomain,
): Promise<readonly string[]> {
  const domains = new Set([...to, ...cc, ...bcc].map((one) => domainOf(one).toLowerCase()));
  const looked = [...domains].filter((domain) => !domain.startsWith('[')).slice(0, mostDomains);
  const none: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  // What nobody can tell in time is left to the queue.
  await Promise.race([
    Promise.all(
      looked.map(async (domain) => {
        if ((await find(domain)) === 'none') none.push(domain);
      }),
    ),
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lookupTime);
    }),
  ]);
  clearTimeout(timer);
  return none.toSorted();
}

const fileName = /(?:^|[\s("'“])[^\s/@]{1,80}\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|zip|jpe?g|png)\b/iu;

/** Does the person's own text (no quote, no signature, no link) speak of a file that comes with it? */
export function speaksOfFile(
  { subject, body }: { readonly subject: string; readonly body: string },
  t: Translate,
): boolean {
  const own: string[] = [subject];
  for (const line of body.slice(0, 100_000).split(/\r?\n/)) {
    if (line === '-- ') break;
    if (!line.startsWith('>')) own.push(line);
  }
  const text = own
    .join('\n')
    .replace(/\bhttps?:\/\/\S+/gi, ' ')
    .toLowerCase();
  if (fileName.test(text)) return true;
  const words = t('check.attachmentWords')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  return words.some((word) => {
    const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    // Chinese and Japanese set no blanks between words.
    if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) return text.includes(word);
    return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'u').test(text);
  });
}
