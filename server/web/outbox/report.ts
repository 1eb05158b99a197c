// A delivery report as a person reads it (spec/webmail.md V13): whom the letter did not reach and why, in words; what the
// other side said; and the way to mend it and send it again, to those alone who did not get it.
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import type { Mailbox } from '../../mailbox/types.ts';
import type { DeliveryReport, ReportedRecipient } from '../../message/types.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import type { Web } from '../types.ts';
import type { Translate, WordKey } from '../words/words.ts';

export interface ReportModel {
  /** The worst that is told: it chooses the colour. */
  readonly kind: 'failed' | 'delayed' | 'delivered';
  readonly title: string;
  readonly subject: string;
  readonly lines: readonly {
    readonly address: string;
    readonly reason: string;
    readonly status: string;
    readonly words: string;
  }[];
  /** Compose page of the letter for those it did not reach; '' when none failed. */
  readonly againHref: string;
  /** The letter in Sent; '' when it is not there. */
  readonly sentHref: string;
}

/** Why, by the enhanced status code (RFC 3463, and the registry's additions). Pure. */
export function reasonOf({ action, status }: Pick<ReportedRecipient, 'action' | 'status'>): WordKey {
  if (action === 'delivered') return 'report.delivered';
  if (action === 'relayed' || action === 'expanded') return 'report.relayed';
  const [, subject = '', detail = ''] = /^[245]\.(\d+)\.(\d+)$/.exec(status) ?? [];
  const code = `${subject}.${detail}`;
  if (action === 'delayed') return 'report.delayed';
  if (['1.1', '1.0', '1.3', '1.6', '1.10', '2.1'].includes(code)) return 'report.noMailbox';
  if (['1.2', '4.4', '4.3', '1.8'].includes(code)) return 'report.noDomain';
  if (code === '2.2') return 'report.full';
  if (code === '3.4' || code === '2.3') return 'report.tooLarge';
  if (subject === '7') return 'report.policy';
  if (subject === '4') return 'report.unreachable';
  return status.startsWith('4') ? 'report.unreachable' : 'report.refused';
}

const longestText = 1200;

/** The card of a report; undefined for a message that is none. */
export async function reportModel(
  web: Web,
  account: Account,
  mailbox: Mailbox,
  report: DeliveryReport | undefined,
  t: Translate,
): Promise<ReportModel | undefined> {
  if (!report) return undefined;
  const { recipients, original } = report;
  const failed = recipients.filter(({ action }) => action === 'failed');
  const delayed = recipients.filter(({ action }) => action === 'delayed');
  const kind = failed.length > 0 ? 'failed' : delayed.length > 0 ? 'delayed' : 'delivered';
  const sent = await findSent(web, account, mailbox, original.messageId);
  const only = failed
    .map(({ address }) => address)
    .filter((address) => /^[^\s<>,;"]+@[^\s<>,;"]+$/.test(address));
  const again = new URLSearchParams(
    sent
      ? { edit: sent.id, in: sent.folder, only: only.join(', ').slice(0, longestText) }
      : { to: only.join(', ').slice(0, longestText), subject: original.subject.slice(0, 300) },
  );
  const shown = (kind === 'failed' ? failed : recipients).slice(0, 20);
  return {
    kind,
    title: t(`report.title.${kind}`, { n: shown.length }),
    subject: cleanLine(original.subject),
    lines: shown.map((one) => ({
      address: cleanLine(one.address),
      reason: t(reasonOf(one)),
      status: one.status,
      words: cleanLines(one.words, 1000),
    })),
    againHref: failed.length === 0 ? '' : `/compose?${again}`,
    sentHref: sent ? `/m/${sent.id}?in=${encodeURIComponent(sent.folder)}` : '',
  };
}

/** Our own copy of the letter that a report is about. */
async function findSent(
  web: Web,
  account: Account,
  mailbox: Mailbox,
  messageId: string,
): Promise<{ readonly id: string; readonly folder: string } | undefined> {
  const copy = messageId === '' ? undefined : web.fates.copyOf(account.address, messageId);
  try {
    const row = copy && (await mailbox.find(copy.id, copy.folder))?.row;
    return row && { id: row.id, folder: row.folder };
  } catch (error) {
    web.log(`web: letter of a delivery report: ${quoted(String(error))}`);
    return undefined;
  }
}
