// What the program's log lines tell about letters and log-ins (spec/qmail.md 7.4 for qmail-send's own). Pure: one line
// in, one event or nothing out. The delivery history is made of these lines and of nothing else, so it tells what the log
// tells, and a log of qmail-send itself reads the same.

/** Fates of one delivery, in qmail-send's words. */
export type Fate = 'success' | 'deferral' | 'failure';

export type HistoryEvent =
  | {
      readonly kind: 'info';
      readonly msg: string;
      readonly bytes: number;
      readonly sender: string;
      readonly qp: string;
    }
  | {
      readonly kind: 'start';
      readonly number: number;
      readonly msg: string;
      readonly channel: 'local' | 'remote';
      readonly recipient: string;
    }
  | { readonly kind: 'report'; readonly number: number; readonly fate: Fate; readonly words: string }
  | { readonly kind: 'bounce'; readonly msg: string; readonly qp: string }
  | { readonly kind: 'end'; readonly msg: string }
  /** qmail-send ended: its delivery numbers begin again. */
  | { readonly kind: 'exit' }
  | {
      readonly kind: 'accepted';
      readonly qp: string;
      readonly ip: string;
      readonly helo: string;
      readonly user: string;
    }
  /** A letter or a recipient was refused at the SMTP door, or a letter marked as junk. */
  | {
      readonly kind: 'refused' | 'junked';
      readonly ip: string;
      /** '' as far as it was not told. */
      readonly sender: string;
      readonly recipient: string;
      readonly words: string;
    }
  | { readonly kind: 'login'; readonly isGood: boolean };

const rules: readonly (readonly [RegExp, (match: RegExpExecArray) => HistoryEvent | undefined])[] = [
  [
    /^starting delivery (\d{1,15}): msg (\d{1,20}) to (local|remote) (\S*)$/,
    ([, number, msg = '', channel, recipient = '']) => ({
      kind: 'start',
      number: Number(number),
      msg,
      channel: channel === 'local' ? 'local' : 'remote',
      recipient,
    }),
  ],
  [
    /^delivery (\d{1,15}): (success|deferral|failure): (.*)$/,
    ([, number, fate, words = '']) => ({ kind: 'report', number: Number(number), fate: fate as Fate, words }),
  ],
  [
    /^info msg (\d{1,20}): bytes (\d{1,15}) from <(.*)> qp (\d{1,20}) uid -?\d+$/,
    ([, msg = '', bytes, sender = '', qp = '']) => ({ kind: 'info', msg, bytes: Number(bytes), sender, qp }),
  ],
  [/^end msg (\d{1,20})$/, ([, msg = '']) => ({ kind: 'end', msg })],
  [/^bounce msg (\d{1,20}) qp (\d{1,20})$/, ([, msg = '', qp = '']) => ({ kind: 'bounce', msg, qp })],
  [/^status: exiting$/, () => ({ kind: 'exit' })],
  [/^smtpd: ip=(\S*) helo=(\S*) (.*?)result=(\S+) reason=(.*)$/, readSession],
  [/^web: .* signed in from /, () => ({ kind: 'login', isGood: true })],
  [/^web: sign in refused from /, () => ({ kind: 'login', isGood: false })],
];

/** Letters with which lines begin that may be of interest: the status lines, every second one, are none. */
const beginnings = /^(?:start|deliv|info |end m|bounc|status: exiting|smtpd|web: )/;

/** Could this line tell an event? Quick, for those who only pass lines on. */
export const mayTellHistory = (line: string): boolean => beginnings.test(line);

/** The event of a line; undefined when it tells none. */
export function readHistoryLine(line: string): HistoryEvent | undefined {
  if (!mayTellHistory(line)) return undefined;
  for (const [pattern, event] of rules) {
    const match = pattern.exec(line);
    if (match) return event(match);
  }
  return undefined;
}

function readSession([, ip = '', helo = '', more = '', result, reason = '']: RegExpExecArray):
  | HistoryEvent
  | undefined {
  switch (result) {
    case 'accepted': {
      const qp = / qp (\d{1,20})\b/.exec(reason)?.[1];
      const user = /(?:^| )user=(\S+)/.exec(more)?.[1] ?? '';
      return qp === undefined ? undefined : { kind: 'accepted', qp, ip, helo, user };
    }
    case 'authenticated':
      return { kind: 'login', isGood: true };
    case 'refused':
    case 'denied':
      return reason.startsWith('535')
        ? { kind: 'login', isGood: false }
        : { kind: 'refused', ...readEnvelope(ip, more, reason) };
    case 'judged-junk':
      return { kind: 'junked', ...readEnvelope(ip, more, reason) };
    default:
      return undefined;
  }
}

/** What of a letter's envelope a session's line tells. */
const readEnvelope = (ip: string, more: string, words: string) => ({
  ip,
  sender: /(?:^| )mail=<([^ >]*)>/.exec(more)?.[1] ?? '',
  recipient: /(?:^| )rcpt=<([^ >]*)>/.exec(more)?.[1] ?? '',
  words,
});

/** What qmail-remote's reports begin a line with. */
const lineBeginnings = /\/(?=(?:Remote_host_said:|Giving_up_on_|Connected_to_|I'm_not_going_to_try_again))/g;

/** Text that qmail-send made safe for its log, as people read it: `_` was a blank, and some `/` were line ends. */
export function readableWords(words: string): string {
  return words.replace(/\/+$/, '').replace(lineBeginnings, '\n').replaceAll('_', ' ').trim();
}
