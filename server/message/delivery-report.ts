// A delivery report read (RFC 3464 in RFC 6522's multipart/report; qmail's QSBMF, which is text): whom it is about, what
// became of the letter there, the other side's words, and which letter it was. Everything here is a stranger's claim and
// stays text. Bounded: so many recipients, so many characters; runs in the workers.
import { firstField, type HeaderField, readHeaders, readMessageIds } from './headers.ts';
import { partBytes, type ScannedPart, walkParts } from './structure.ts';
import { decodeTransfer } from './transfer.ts';
import type { DeliveryReport, ReportedRecipient } from './types.ts';
import { decodeWords } from './words.ts';

const mostRecipients = 100;
const mostBytes = 128 * 1024;
const longestWords = 2000;

const actions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;

const bytesOf = (bytes: Buffer, part: ScannedPart): Buffer =>
  decodeTransfer(partBytes(bytes, part), part.encoding).subarray(0, mostBytes);

/** The fields of each block of a message/delivery-status (RFC 3464 2.1); blank lines part the blocks. */
function readBlocks(text: string): ReadonlyMap<string, string>[] {
  const blocks: Map<string, string>[] = [];
  for (const block of text.split(/\r?\n[ \t]*\r?\n/).slice(0, mostRecipients + 1)) {
    const fields = new Map<string, string>();
    for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
      const [, name, value] = /^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined && !fields.has(name.toLowerCase()))
        fields.set(name.toLowerCase(), value);
    }
    if (fields.size > 0) blocks.push(fields);
  }
  return blocks;
}

/** `rfc822; bob@example.org`, and RFC 6533's `utf-8; \x{...}`. */
function readAddress(value: string | undefined): string {
  const [, type = '', text = ''] = /^\s*([A-Za-z0-9-]+)\s*;\s*(.*)$/.exec(value ?? '') ?? [];
  const bare = (type === '' ? (value ?? '') : text).trim().replace(/^<(.*)>$/, '$1');
  return (
    /^utf-8$/i.test(type)
      ? bare.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, hex: string) => {
          const code = Number.parseInt(hex, 16);
          return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
        })
      : bare
  ).slice(0, 320);
}

function recipientOf(fields: ReadonlyMap<string, string>): ReportedRecipient | undefined {
  const address = readAddress(fields.get('final-recipient') ?? fields.get('original-recipient'));
  const action = actions.find((one) => one === fields.get('action')?.trim().toLowerCase());
  if (address === '' || action === undefined) return undefined;
  const status = /(?<!\d)([245]\.\d{1,3}\.\d{1,3})(?!\d)/.exec(fields.get('status') ?? '')?.[1] ?? '';
  const words = decodeWords((fields.get('diagnostic-code') ?? '').replace(/^[A-Za-z0-9-]+\s*;\s*/, ''));
  return { address, action, status, words: words.slice(0, longestWords) };
}

/** QSBMF (D. J. Bernstein): after the opening, a paragraph `<address>:` with the reason for each recipient. */
function readQsbmf(text: string): { recipients: ReportedRecipient[]; original: string } | undefined {
  if (!/^Hi\. This is the /.test(text)) return undefined;
  const [before = '', original = ''] = text.slice(0, mostBytes).split(/^--- Below this line is [^\n]*\n/m, 2);
  const recipients: ReportedRecipient[] = [];
  for (const paragraph of before.split(/\r?\n\r?\n/).slice(1)) {
    const [, address, words = ''] = /^<([^\n]{1,320})>:\r?\n?([\s\S]*)$/.exec(paragraph) ?? [];
    if (address === undefined || recipients.length >= mostRecipients) continue;
    const status = /(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)/.exec(words)?.[1] ?? '';
    recipients.push({ address, action: 'failed', status, words: words.trim().slice(0, longestWords) });
  }
  return recipients.length === 0 ? undefined : { recipients, original };
}

/** The report that a message is; undefined for any other message. `text`: its first text part, decoded. */
export function readDeliveryReport(
  bytes: Buffer,
  root: ScannedPart,
  text: () => string,
): DeliveryReport | undefined {
  let status: ScannedPart | undefined;
  let returned: ScannedPart | undefined;
  if (root.type === 'multipart/report')
    for (const part of walkParts(root)) {
      if (part.parent !== root) continue;
      if (/^message\/(?:global-)?delivery-status$/.test(part.type)) status ??= part;
      if (
        /^(?:message\/rfc822|message\/global|text\/rfc822-headers|message\/global-headers)$/.test(part.type)
      )
        returned ??= part;
    }
  const qsbmf =
    status || root.type === 'multipart/report' || root.type.startsWith('text/')
      ? readQsbmf(text())
      : undefined;
  const blocks = status ? readBlocks(bytesOf(bytes, status).toString('utf8')) : [];
  const found = blocks.map(recipientOf).filter((one) => one !== undefined);
  const recipients = (found.length > 0 ? found : (qsbmf?.recipients ?? [])).map((one) => {
    // The text for people says more than a bare code, where it speaks of the same address.
    const told = qsbmf?.recipients.find(({ address }) => address.toLowerCase() === one.address.toLowerCase());
    return one.words === '' && told ? { ...one, words: told.words } : one;
  });
  if (recipients.length === 0) return undefined;
  const header = returned ? bytesOf(bytes, returned) : Buffer.from((qsbmf?.original ?? '').trimStart());
  const { fields } = readHeaders(header, 0, header.length);
  return { recipients: recipients.slice(0, mostRecipients), original: describeOriginal(fields, returned) };
}

function describeOriginal(
  fields: readonly HeaderField[],
  returned: ScannedPart | undefined,
): DeliveryReport['original'] {
  return {
    messageId: readMessageIds(firstField(fields, 'message-id'), 1)[0] ?? '',
    subject: decodeWords(firstField(fields, 'subject')).replace(/\s+/g, ' ').trim().slice(0, 1000),
    part: returned?.type === 'message/rfc822' ? returned.number : '',
  };
}
