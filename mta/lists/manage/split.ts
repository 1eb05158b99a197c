// ezmlm-split: a list whose members are spread over sublists passes requests to come and to go on to the sublist that the
// address belongs to (ezmlm-split(1)). DIR/split has a line `DOMAIN:LOW:HIGH:SUBLIST@HOST` for each: the two top levels of the
// domain in reverse order, and the range of hashes; the first that fits counts. Most lists have no such file.
import { join } from 'node:path';
import { lowerAscii } from '../../formats/address.ts';
import { hashRecord } from '../address-hash.ts';
import { encodeTarget, parseListCommand } from '../command-address.ts';
import { ListError } from '../errors.ts';
import { fromBytes, readListFile } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { openList } from '../list.ts';
import { type ListProgram, requireEnv, sendListLetter } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { isBounce, senderOf } from '../sender-of.ts';

export const splitUsage = 'ezmlm-split: usage: ezmlm-split [-d] dir [splitfile]';

/** 0: not for a sublist; 99: it has the request. */
export const split: ListProgram = async (call) => {
  const { options, directory, rest } = readProgramWords(call, 'dD', splitUsage);
  if (options.some(({ letter }) => letter === 'D'))
    throw new ListError(100, '-D: addresses on standard input are not sorted here');
  const command = parseListCommand(requireEnv(call, 'DEFAULT'));
  const isAsked = command?.command === 'subscribe' || command?.command === 'unsubscribe';
  if (!isAsked || command.set !== '.') return { status: 0, output: '' };
  const text = await readListFile(join(directory, rest[0] ?? 'split'));
  if (text === undefined) return { status: 0, output: '' };
  const sender = senderOf(call);
  if (sender === undefined || isBounce(sender) || !sender.includes('@'))
    throw new ListError(100, 'I do not reply to bounce messages (#5.7.2)');
  const list = await openList(directory, { etc: call.etc });
  const target = command.target ?? sender;
  const found = findSublist(fromBytes(text), target);
  if (found === undefined) return { status: 0, output: '' };
  const sublist = found.includes('@') ? found : `${found}@${list.outhost}`;
  const at = sublist.lastIndexOf('@');
  const recipient = `${sublist.slice(0, at)}-${command.command}-${encodeTarget(target)}${sublist.slice(at)}`;
  const letter = await openLetter(call.letter);
  await letter.close();
  const qp = await sendListLetter(call, {
    content: [Buffer.from(requireEnv(call, 'DTLINE'), 'utf8'), `${letter.header}\n`],
    sender: `${list.outlocal}-return-@${list.outhost}`,
    recipients: [recipient],
  });
  return { status: 99, output: `ezmlm-split: info: ${qp}\n` };
};

/** The sublist of an address; undefined: it stays with this list. Pure. @throws ListError 111 for a line of another form */
export function findSublist(text: string, address: string): string | undefined {
  const lower = lowerAscii(address);
  if (!lower.includes('@')) throw new ListError(100, `${address}: an address has an @`);
  // ezmlm-split: of the address itself, without the T of its record.
  const hash = hashRecord(Buffer.from(lower, 'utf8')).wide;
  const [top = '', second] = lower
    .slice(lower.lastIndexOf('@') + 1)
    .replace(/\.$/, '')
    .split('.')
    .reverse();
  const domain = second === undefined ? top : `${top}.${second}`;
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('#') || !line.includes(':')) continue;
    const [wanted = '', low = '', high, ...name] = line.split(':');
    if (high === undefined) throw new ListError(111, `split: line ${i + 1} is not DOMAIN:LOW:HIGH:LIST`);
    if (!domain.startsWith(lowerAscii(wanted))) continue;
    if (hash < Number(low || 0) || hash > Number(high || 52)) continue;
    return name.join(':').trim() || undefined;
  }
  return undefined;
}
