// The access rules of each door, as tcpserver had them (spec/qmail.md 4.5). Here only the text is read, which tells what
// is wrong in it; at run time it or the compiled file beside it counts, whichever is newer (../tcp-rules-file.ts).

import type { ControlFile } from '../reading.ts';
import { ControlError } from '../reading.ts';
import { compileTcpRules, TcpRulesError } from '../tcp-rules.ts';
import type { Definitions, Entry } from './entry.ts';

/** Undefined: no such file; otherwise the compiled text. */
export interface RulesSettings {
  readonly 'tcp.qmqp': Buffer | undefined;
  readonly 'tcp.qmtp': Buffer | undefined;
  readonly 'tcp.smtp': Buffer | undefined;
  readonly 'tcp.submission': Buffer | undefined;
}

const rulesOf = (readers: string, meaning: string, without = 'none'): Entry<Buffer | undefined> => ({
  kind: 'rules',
  default: without,
  readers,
  meaning,
  read: ({ path, text }: ControlFile) => {
    try {
      return text === undefined ? undefined : compileTcpRules(text);
    } catch (error) {
      if (!(error instanceof TcpRulesError)) throw error;
      throw new ControlError(
        `${path} line ${error.line}`,
        error.text,
        'ADDRESS:allow or ADDRESS:deny, then ,VARIABLE="value"',
      );
    }
  },
});

export const rulesSettings: Definitions<RulesSettings> = {
  'tcp.qmqp': rulesOf(
    'qmqpd',
    'Rules of the door qmqp as in tcp.smtp; a client that a rule here allows may send to anywhere.',
  ),
  'tcp.qmtp': rulesOf('qmtpd', 'Rules of the door qmtp as in tcp.smtp.'),
  'tcp.smtp': rulesOf(
    'smtpd',
    'Rules of the door smtp in the form of tcprules: ADDRESS:allow,RELAYCLIENT="" or ADDRESS:deny a line. tcp.smtp.cdb counts instead unless it is older.',
  ),
  'tcp.submission': rulesOf('smtpd', 'Rules of the doors submission and submissions as in tcp.smtp.'),
};
