// A mail filter that is wrong, told to those who can mend it: a line in the log, at most once an hour for each text of a
// script, and to its owner a note in the inbox, once a day for each text. A courtesy: when it cannot be given, the letter
// that caused it is delivered all the same.
import { createHash } from 'node:crypto';
import { changeAccountFile } from '../accounts/account-files.ts';
import { formatRfc5322Date } from '../formats/date.ts';
import { encodeWords } from '../formats/encoded-word.ts';
import { type Log, quoted } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import type { FoundScript } from '../sieve/script-reader.ts';
import type { ScriptFault } from '../sieve/types.ts';
import type { Mailbox, MailboxStore } from './mailbox-store.ts';

export interface FilterFaults {
  /** @param isOwners the account's own script, not its domain's or the site's. Never rejects. */
  tell(mailbox: Mailbox, script: FoundScript, fault: ScriptFault, isOwners: boolean): Promise<void>;
}

const FILE = 'sieve-faults';
const HOUR = 3_600_000;
const DAY_SECONDS = 86_400;
const mostTold = 2000;

export function createFilterFaults(store: MailboxStore, log: Log): FilterFaults {
  const told = new Map<string, number>();

  function isFresh(key: string): boolean {
    const now = Date.now();
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < HOUR) return false;
    if (told.size >= mostTold) told.clear();
    told.set(key, now);
    return true;
  }

  return {
    async tell(mailbox, script, fault, isOwners) {
      // Not by what is wrong: that may be another thing in each letter.
      const version = createHash('sha256').update(script.version).digest('hex').slice(0, 24);
      const whose = isOwners ? ` of ${quoted(mailbox.address)}` : '';
      if (isFresh(`${isOwners ? mailbox.directory : mailbox.from} ${script.name} ${version}`)) {
        log(
          `warning: mail filter ${quoted(script.name)}${whose}: line ${fault.line}: ${quoted(fault.message)}`,
        );
      }
      if (!isOwners) return;
      try {
        if (!(await claimDay(mailbox, version))) return;
        const message = noteOf(mailbox.address, script.name, fault);
        const stored = await store.store(
          { sender: '', message, path: '', size: message.length },
          mailbox,
          // It is delivered over quota too.
          { maildir: 'Maildir', quota: 'none', makes: true, isBare: true },
        );
        if (stored.effect !== 'continue') throw new Error(stored.output);
      } catch (error) {
        log(`warning: cannot tell ${quoted(mailbox.address)} of a mail filter: ${describeError(error)}`);
      }
    },
  };
}

/** True for the first who asks about this text in 24 hours. */
async function claimDay({ directory, owner }: Mailbox, version: string): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000);
  let isFirst = false;
  await changeAccountFile({ directory, ...owner }, FILE, (text) => {
    const [, last, at] = /^([0-9a-f]{24}) (\d{1,12})\n$/.exec(text ?? '') ?? [];
    isFirst = last !== version || Math.abs(now - Number(at)) >= DAY_SECONDS;
    return isFirst ? `${version} ${now}\n` : undefined;
  });
  return isFirst;
}

/** The note, LF. */
function noteOf(address: string, name: string, { line, message }: ScriptFault): Buffer {
  const plain = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').toWellFormed();
  const subject = `Your mail filter "${plain(name)}" could not be used`;
  const text = `A letter to ${plain(address)} has come, and your mail filter could not be used for it.

Filter: ${plain(name)}
Line:   ${line}
Reason: ${plain(message)}

The letter is in your inbox, as if there were no filter, and so will be the
next ones until the filter is mended or switched off. This note comes once a
day at most.
`;
  const head = [
    `Date: ${formatRfc5322Date(new Date())}`,
    `From: Mail filter <${address}>`,
    `To: <${address}>`,
    `Subject: ${/^[\x20-\x7e]*$/.test(subject) ? subject : encodeWords(subject)}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return Buffer.from(`${head.join('\n')}\n\n${text}`, 'utf8');
}
