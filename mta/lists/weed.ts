// ezmlm-weed: throws away what machines send to the addresses of a list: notices of success and delay, letters of lists,
// answers of autoresponders; a bounce that says that something failed passes (ezmlm-weed(1), RFC 3464, RFC 3834).
// 99: thrown away, no further line is done; 0: pass.
import type { Letter, ListProgram } from './program.ts';

/** Beginnings of lines of a header by which a letter is a machine's. As ezmlm-idx 7 has them, and the common ones since. */
const machineLines = [
  'subject: success notice',
  'subject: deferral notice',
  'subject: message status - delivered',
  'subject: message status - opened',
  'subject: out of office autoreply:',
  'subject: autoresponse -',
  'precedence: bulk',
  'precedence: junk',
  'precedence: list',
  'mailing-list:',
  'list-id:',
  'list-help:',
  'list-unsubscribe:',
  'list-subscribe:',
  'list-post:',
  'list-owner:',
  'list-archive:',
  'x-mailing-list:',
  'x-ml-name:',
  'x-amazon-auto-reply:',
  'x-autoreply:',
  'x-autorespond:',
  'x-mailer: kana response',
  'thread-topic: autoresponse',
];

/** Bytes that are looked at: the header, and the status of a notice. */
const LOOK_BYTES = 1 << 18;

export const weed: ListProgram = async (call) => ({
  status: isMachineNoise(await readStart(call.letter)) ? 99 : 0,
  output: '',
});

/** The first bytes of a letter as byte string. */
export async function readStart(letter: Letter, limit = LOOK_BYTES): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of letter.open()) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= limit) break;
  }
  return Buffer.concat(pieces).toString('latin1').slice(0, limit);
}

/** The fields of a header, unfolded; and what follows it. Pure. */
export function splitLetter(text: string): { readonly fields: readonly string[]; readonly body: string } {
  const plain = text.replaceAll('\r\n', '\n');
  const end = plain.startsWith('\n') ? 0 : plain.indexOf('\n\n') + 1;
  const header = end > 0 || plain.startsWith('\n') ? plain.slice(0, end) : plain;
  const fields = header
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .filter((line) => line !== '');
  return { fields, body: end > 0 || plain.startsWith('\n') ? plain.slice(end + 1) : '' };
}

/** Is this a letter that no list command needs to see? Pure. */
export function isMachineNoise(text: string): boolean {
  const { fields, body } = splitLetter(text);
  const lower = fields.map((field) => field.toLowerCase());
  const report = lower.findIndex((field) => /^content-type:\s*multipart\/report\b/.test(field));
  if (report >= 0 && /report-type="?delivery-status/.test(lower[report] as string)) {
    const failure = readAction(fields[report] as string, body);
    // A notice tells what happened, whatever else its header says; one that was cut off passes.
    if (failure !== undefined) return failure !== 'failed';
  }
  if (lower.some((field) => machineLines.some((start) => field.startsWith(start)))) return true;
  // RFC 3834 5: `no` is a person's.
  if (lower.some((field) => /^auto-submitted:(?!\s*no\b)/.test(field))) return true;
  return isSendmailWarning(lower, body);
}

/** The Action of a delivery status (RFC 3464 2.3.3); undefined: the notice has none. */
function readAction(contentType: string, body: string): string | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return undefined;
  for (const part of `\n${body}`.split(`\n--${mark}`).slice(1)) {
    if (part.startsWith('--')) return 'none';
    if (!/^\n?content-type:\s*message\/delivery-status/im.test(part.slice(0, 1000))) continue;
    return /^action:\s*([a-z]+)/im.exec(part)?.[1]?.toLowerCase() ?? 'none';
  }
  return undefined;
}

/** sendmail's notice that it goes on trying. */
function isSendmailWarning(lower: readonly string[], body: string): boolean {
  return (
    lower.some((field) => field.startsWith('from: mail delivery subsystem <mailer-daemon@')) &&
    lower.some(
      (field) =>
        field.startsWith('subject: warning: could not send message') ||
        field.startsWith('subject: returned mail: warning: cannot send message'),
    ) &&
    body.slice(0, 2000).includes('THIS IS A WARNING MESSAGE ONLY')
  );
}
