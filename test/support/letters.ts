// A letter as the judge gives it to checks, made of text.
import type { ArrivingLetter } from '../../mta/trust/types.ts';

/** @param text LF line ends; @param facts what else is to be different */
export function arrivingLetter(text: string | Buffer, facts: Partial<ArrivingLetter> = {}): ArrivingLetter {
  const bytes = Buffer.from(text);
  const end = bytes.indexOf('\n\n');
  return {
    ip: '192.0.2.7',
    clientName: 'mx.sender.test',
    helo: 'mx.sender.test',
    secure: false,
    sender: 's@sender.test',
    recipients: ['u@our.test'],
    utf8: false,
    time: 1_800_000_000,
    content: {
      size: bytes.length,
      header: end < 0 ? bytes : bytes.subarray(0, end + 2),
      read: async function* () {
        for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
      },
    },
    ...facts,
  };
}
