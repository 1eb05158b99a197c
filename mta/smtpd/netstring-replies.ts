// The answers of QMTP and QMQP: those that SMTP does not have, in qmail's words (spec/qmail.md 11), and the way from an
// SMTP reply to an outcome. The words after the code are the same at all doors. Pure.
import type { Outcome } from '../outcome.ts';
import type { Reply } from './reply.ts';

const reply = (text: string): Reply => ({ text });

/** Written as SMTP replies, so that all refusals are of one kind. */
export const netstringReplies = {
  badSender: reply('553 5.1.7 unacceptable sender (#5.1.7)'),
  badRecipient: reply("553 5.1.3 sorry, I can't handle that recipient (#5.1.3)"),
  badAddresses: reply("553 5.1.3 sorry, I can't accept addresses like that (#5.1.3)"),
  badLineEnds: reply('554 5.6.0 sorry, bare CR, bare LF and NUL are refused in messages (#5.6.0)'),
  envelopeTooBig: reply('554 5.5.3 sorry, too many recipients for one message (#5.5.3)'),
  notYourServer: reply("553 5.7.1 sorry, your address isn't in my list of relayclients (#5.7.1)"),
} as const;

/** K, Z or D with the words of an SMTP reply: its three digits and the enhanced code behind them are SMTP's. */
export function outcomeOf(reply: Reply): Outcome {
  const text = reply.text.replace(/^[245][0-9]{2} (?:[245]\.[0-9]{1,3}\.[0-9]{1,3} )?/, '');
  const first = reply.text[0];
  return { code: first === '2' ? 'K' : first === '5' ? 'D' : 'Z', text };
}
