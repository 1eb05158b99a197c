// Takes down what happens to the security of an account, and writes to its owner about what somebody else may have done:
// a sign-in from a browser that was never seen, mail that goes elsewhere or is answered, a second factor that is gone
// (webmail.md X5). The letter goes through the queue; about where mail goes it is put into the Inbox instead, for the one
// who set that up might get it, or nobody. What cannot be written down or sent is logged and stops nothing.
import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { quoted } from '../../../mta/log.ts';
import { describeDevice } from '../settings/session-rows.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { SecurityKind, SecurityLog } from '../state/security-log.ts';
import type { Web } from '../types.ts';
import { findLanguage } from '../words/languages.ts';
import { english } from '../words/words.ts';
import { buildNotice } from './notices.ts';

export interface SecurityEvents {
  /**
   * Takes something down.
   * @param about what it was about, foreign text: an address, a name; of `filter` who did it
   */
  note(req: Request, address: string, kind: SecurityKind, about?: string): void;
  /** The same for a sign-in: from a new browser its owner hears of it. */
  noteSignIn(req: Request, address: string, isKnown: boolean): void;
  /** Letters that are on their way; for tests and the end of the program. */
  settled(): Promise<void>;
}

const withNotice = ['newDevice', 'forward', 'filter', 'twoStepOff'] as const;
type NoticeKind = (typeof withNotice)[number];

export function createSecurityEvents(
  parts: Pick<Web, 'accounts' | 'injector' | 'log' | 'mailboxOf' | 'me'>,
  log: SecurityLog,
  languageTag: (address: string) => string,
  now: () => number,
): SecurityEvents {
  const running = new Set<Promise<void>>();

  const send = async (
    address: string,
    kind: NoticeKind,
    values: { readonly device: string; readonly ip: string; readonly about: string },
  ): Promise<void> => {
    const { t } = findLanguage(languageTag(address)) ?? english;
    const date = new Date(now());
    const message = buildNotice({
      address,
      subject: t(`notice.${kind}.subject`, values),
      paragraphs: [
        t(`notice.${kind}`, { ...values, address, time: date.toUTCString() }),
        t('notice.where', values),
        t('notice.ifNotYou'),
      ],
      date,
      messageId: `${randomBytes(12).toString('hex')}@${parts.me}`,
    });
    if (kind === 'forward' || kind === 'filter') {
      const mailbox = await parts.mailboxOf(address);
      await mailbox?.append('INBOX', message, '');
      return;
    }
    const account = await parts.accounts.findAccount(address);
    if (!account) return;
    // Under root the queue asks who injects: only a user may be named, as for what the person sends.
    const outcome = await parts.injector.inject(`uid ${account.uid}`, message, '', [address]);
    if (outcome.code !== 'K') throw new Error(`the queue answered ${outcome.code}: ${outcome.text}`);
  };

  const note: SecurityEvents['note'] = (req, address, kind, about = '') => {
    const userAgent = cleanLine(String(req.headers['user-agent'] ?? ''), 200);
    const ip = req.ip ?? '';
    try {
      log.add(address, { kind, ip, device: userAgent, about: cleanLine(about, 1000) });
    } catch (error) {
      parts.log(`web: security log of ${quoted(address)}: ${quoted(String(error))}`);
    }
    const notice = withNotice.find((one) => one === kind);
    if (!notice) return;
    const device = describeDevice(userAgent) || cleanLine(userAgent, 60) || '?';
    const letter = send(address, notice, { device, ip, about: cleanLine(about, 300) })
      .catch((error: unknown) => {
        parts.log(`web: notice to ${quoted(address)} not sent: ${quoted(String(error))}`);
      })
      .finally(() => running.delete(letter));
    running.add(letter);
  };

  return {
    note,
    noteSignIn(req, address, isKnown) {
      // The first sign-in of all is not new to anybody.
      note(req, address, isKnown || !log.hasSignedIn(address) ? 'signin' : 'newDevice');
    },
    async settled() {
      await Promise.all(running);
    },
  };
}
