// Short letters that the webmail writes for a person who pressed a button: leaving a mailing list, answering an invitation.
// They go the way of every letter: into the queue, and with a copy into Sent. Sender and recipient are checked here, so that
// a text of a message never becomes a header or a second recipient (security.md W3, W6).
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import type { Outcome } from '../../../mta/outcome.ts';
import type { Web } from '../types.ts';
import { newMessageId } from './begin.ts';
import { formatDate } from './build.ts';
import { cleanBody, toFlowed } from './flowed.ts';
import { cleanHeaderText, parseAddress } from './recipients.ts';

export interface QuickLetter {
  /** One's own address that the letter is from; another one is replaced by the account's. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** IANA name for the Date field. */
  readonly zone?: string | undefined;
  /** An iTIP answer that goes along (RFC 6047). */
  readonly calendar?: { readonly method: string; readonly content: string } | undefined;
}

/** Sends it. D: it cannot go to this address, or the queue refused it; Z: later perhaps. */
export async function sendQuickLetter(web: Web, account: Account, letter: QuickLetter): Promise<Outcome> {
  const to = parseAddress(letter.to.trim());
  if (!to) return { code: 'D', text: 'this is not a full address' };
  const identity = await web.identities.find(account, letter.from);
  const from = { name: identity?.name ?? account.gecos, address: identity?.address ?? account.address };
  const date = new Date((web.now ?? Date.now)());
  const messageId = newMessageId(account);
  const message = await new MailComposer({
    newline: 'unix',
    disableUrlAccess: true,
    disableFileAccess: true,
    date: formatDate(date, letter.zone),
    messageId,
    from: { name: cleanHeaderText(from.name).slice(0, 200), address: from.address },
    to: { name: '', address: to.address },
    subject: cleanHeaderText(letter.subject).slice(0, 500).toWellFormed(),
    alternatives: [
      {
        contentType: 'text/plain; charset=utf-8; format=flowed',
        content: `${toFlowed(cleanBody(letter.text.slice(0, 10_000)))}\n`,
      },
      ...(letter.calendar
        ? [
            {
              contentType: `text/calendar; charset=utf-8; method=${letter.calendar.method}`,
              content: letter.calendar.content,
            },
          ]
        : []),
    ],
  } as ConstructorParameters<typeof MailComposer>[0])
    .compile()
    .build();
  const injection = web.injector.open(`uid ${account.uid}`);
  if (!injection.write(message)) await injection.drained();
  const outcome = await injection.finish(account.address, [to.envelope]);
  if (outcome.code !== 'K') {
    web.log(`web: letter of ${quoted(account.address)} refused: ${outcome.code} ${quoted(outcome.text)}`);
    return outcome;
  }
  try {
    web.sentLetters.remember(account.address, messageId, outcome);
    const mailbox = await web.mailboxes.open(account);
    await mailbox.append(await mailbox.folderFor('sent'), message, 'S', date);
  } catch (error) {
    // It has left: nothing here may lead to another try.
    web.log(`web: after sending, copy in Sent of ${quoted(account.address)}: ${quoted(String(error))}`);
  }
  return outcome;
}
