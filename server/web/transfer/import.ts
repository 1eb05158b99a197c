// The work of an import (webmail.md O7): messages of uploaded files into a folder, in batches, those that are there already
// left out by their Message-IDs, and a report of what came, what was there and what could not be read. What was stored
// before the work was stopped, or the mailbox was full, stays.
import type { Mailbox } from '../../mailbox/types.ts';
import { type AppendedMessage, MailboxRefusal } from '../../mailbox/uid-types.ts';
import { ZipFault } from '../../zip/zip-reader.ts';
import type { Job, JobOutcome } from '../state/jobs.ts';
import type { Translate } from '../words/words.ts';
import { headerField, readArriving } from './arriving.ts';
import type { UploadedFile } from './upload.ts';

const batchMessages = 100;
const batchBytes = 8 * 1_048_576;
/** Numbers of unreadable messages that are told. */
const mostTold = 10;

export interface Import {
  readonly files: readonly UploadedFile[];
  /** The folder that all goes into, or below which folders of archives are made. */
  readonly target: string;
  readonly keepsFolders: boolean;
}

interface Report {
  added: number;
  known: number;
  readonly unreadable: number[];
  fault: 'full' | 'archive' | undefined;
}

/** Message-IDs of what is in a folder. */
async function knownIds(mailbox: Mailbox, folder: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const snapshot = await mailbox.uids.open(folder, true);
  const uids = [...(snapshot?.uids ?? [])];
  for (let at = 0; at < uids.length; at += 500) {
    const facts = await mailbox.uids.facts(folder, uids.slice(at, at + 500), ['sortFacts']);
    for (const { sortFacts } of facts) if (sortFacts?.messageId) ids.add(sortFacts.messageId);
  }
  return ids;
}

/** As the index has it: without angle brackets. */
const messageIdOf = (message: Buffer): string =>
  /<([^<>\s]{1,998})>/.exec(headerField(message, 'Message-ID'))?.[1] ?? '';

/** Where a message of a folder of the archive goes. */
const placeOf = ({ target, keepsFolders }: Import, folder: string): string => {
  if (!keepsFolders || folder === '') return target;
  if (folder === 'INBOX') return target;
  return target === 'INBOX' ? folder : `${target}.${folder}`;
};

/** Brings the files' messages in and gives the report. */
export async function importFiles(
  mailbox: Mailbox,
  wanted: Import,
  job: Job,
  t: Translate,
): Promise<JobOutcome> {
  const report: Report = { added: 0, known: 0, unreadable: [], fault: undefined };
  const known = new Map<string, Set<string>>();
  const idsOf = async (folder: string): Promise<Set<string>> => {
    const found = known.get(folder);
    if (found) return found;
    await mailbox.ensureFolder(folder);
    const ids = await knownIds(mailbox, folder);
    known.set(folder, ids);
    return ids;
  };
  let batch: AppendedMessage[] = [];
  let bytes = 0;
  let place = wanted.target;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await mailbox.uids.append(place, batch);
    report.added += batch.length;
    batch = [];
    bytes = 0;
  };
  let number = 0;
  const total = wanted.files.reduce((sum, { size }) => sum + size, 0);
  let read = 0;
  try {
    for (const file of wanted.files) {
      for await (const { folder, message, flags, keywords, received } of readArriving(file)) {
        if (job.signal.aborted) break;
        number += 1;
        if (!message) {
          report.unreadable.push(number);
          continue;
        }
        read += message.length;
        job.step(Math.min(Math.round(read / 1024), Math.ceil(total / 1024)), Math.ceil(total / 1024));
        const to = placeOf(wanted, folder);
        const ids = await idsOf(to);
        const id = messageIdOf(message);
        if (id !== '' && ids.has(id)) {
          report.known += 1;
          continue;
        }
        if (id !== '') ids.add(id);
        if (to !== place) {
          await flush();
          place = to;
        }
        batch.push({ message, flags: flags.replace(/T/g, ''), keywords, received });
        bytes += message.length;
        if (batch.length >= batchMessages || bytes >= batchBytes) await flush();
      }
    }
    await flush();
  } catch (error) {
    if (error instanceof MailboxRefusal && error.refusal === 'over quota') report.fault = 'full';
    else if (error instanceof ZipFault) report.fault = 'archive';
    else throw error;
  }
  return {
    words: reportWords(report, t),
    href: `/f/${encodeURIComponent(wanted.target)}`,
  };
}

function reportWords({ added, known, unreadable, fault }: Report, t: Translate): string {
  const numbers = unreadable.slice(0, mostTold).join(', ');
  return [
    t('transfer.added', { n: added }),
    known > 0 ? t('transfer.known', { n: known }) : '',
    unreadable.length === 0
      ? ''
      : t(unreadable.length > mostTold ? 'transfer.unreadableMany' : 'transfer.unreadable', {
          n: unreadable.length,
          numbers,
        }),
    fault === 'full' ? t('transfer.full') : fault === 'archive' ? t('transfer.badArchive') : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
