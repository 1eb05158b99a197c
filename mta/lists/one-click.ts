// One-click unsubscribing (RFC 8058): a post that leaves for another host gets a link of its own in List-Unsubscribe, which the
// member's mail program may POST to without asking anybody. Posts to all members are one message in the queue, so the
// link is written as each is delivered, where the recipient is known. It names list and member and carries a keyed hash of
// both: who has the letter may unsubscribe that member, nobody else. On when control/listsecrets is there.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import type { StoredMessage } from '../remote/message.ts';
import { type Field, unfoldValue } from '../trust/canonical.ts';
import { readHeader } from '../trust/letter-signer.ts';
import { readOrigin } from '../trust/origin.ts';
import { nameOf, readPostHeader } from './post/header.ts';

/** Control files, as they are now. */
export interface OneClickSettings {
  readonly me: string;
  /** Names of the webmail; the first is in links, and `me` without any. */
  readonly webhosts: readonly string[];
  /** The first one signs, all are believed; none: off. */
  readonly listsecrets: readonly string[];
}

export const oneClickSettingNames = ['me', 'webhosts', 'listsecrets'] as const;

/** Where links lead. */
export const oneClickPath = '/list/unsubscribe';

/** RFC 8058 3.1. */
export const oneClickField = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\n';

/** Who is to leave which list. */
export interface Leaving {
  /** Addresses. */
  readonly list: string;
  readonly member: string;
}

const hashOf = ({ list, member }: Leaving, secret: string): Buffer =>
  createHmac('sha256', secret)
    .update(`list-unsubscribe\0${lowerAscii(list)}\0${lowerAscii(member)}`)
    .digest();

export const makeToken = (leaving: Leaving, secret: string): string =>
  hashOf(leaving, secret).toString('base64url');

/** Is this a token of ours? In a time that says nothing about where it differs. */
export function isGoodToken(leaving: Leaving, token: string, secrets: readonly string[]): boolean {
  const given = Buffer.from(token, 'base64url');
  return secrets.some((secret) => {
    const wanted = hashOf(leaving, secret);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** @returns undefined when one-click is off */
export function makeLink(
  leaving: Leaving,
  { me, webhosts, listsecrets }: OneClickSettings,
): string | undefined {
  const [secret] = listsecrets;
  if (secret === undefined) return undefined;
  const words = new URLSearchParams({ ...leaving, token: makeToken(leaving, secret) });
  return `https://${webhosts[0] ?? me}${oneClickPath}?${words}`;
}

/** Gives posts their links. */
export interface OneClick {
  /** The letter for this recipient; the same one when it is no post of a list, or links are off. @throws when it cannot be read */
  prepare(letter: StoredMessage, sender: string, recipient: string): Promise<StoredMessage>;
}

/** The list whose post this is: by the line that the list put on top, and the bounce address for this very recipient. */
function listOf(fields: readonly Field[], me: string, sender: string, recipient: string): string | undefined {
  if (!readOrigin(fields, me).isListPost) return undefined;
  const delivered = fields.find(({ name }) => name === 'delivered-to');
  const list = /^mailing list (\S+@\S+)$/.exec(delivered ? unfoldValue(delivered) : '')?.[1];
  if (list === undefined) return undefined;
  const { local, domain } = splitAddress(list);
  const from = splitAddress(sender);
  const isOurs = from.local.startsWith(`${local}-return-`) && lowerAscii(from.domain) === lowerAscii(domain);
  return isOurs && from.local.endsWith(`-${recipient.replace(/@([^@]*)$/, '=$1')}`) ? list : undefined;
}

export function createOneClick(settings: () => OneClickSettings): OneClick {
  return {
    async prepare(letter, sender, recipient) {
      const current = settings();
      if (current.listsecrets.length === 0 || !sender.includes('-return-')) return letter;
      const header = await readHeader(letter);
      await header?.close();
      const list = header && listOf(header.fields, current.me, sender, recipient);
      const link = list && makeLink({ list, member: recipient }, current);
      if (!link) return letter;
      const before = header.fields.find(({ name }) => name === 'list-unsubscribe');
      const others = before ? `,\n\t${unfoldValue(before)}` : '';
      return withFields(letter, `List-Unsubscribe: <${link}>${others}\n${oneClickField}`);
    },
  };
}

const replaced = new Set(['list-unsubscribe', 'list-unsubscribe-post']);
/** readHeader takes no longer one. */
const MOST_HEADER = 1024 * 1024;

/** The letter with these two fields in place of its own. */
function withFields(letter: StoredMessage, fields: string): StoredMessage {
  return {
    async *chunks() {
      let held: Buffer | undefined = Buffer.alloc(0);
      for await (const chunk of letter.chunks()) {
        if (held === undefined) {
          yield chunk;
          continue;
        }
        held = Buffer.concat([held, chunk]);
        const end = held.indexOf('\n\n');
        if (end < 0 && held.length <= MOST_HEADER) continue;
        yield rewrite(held, end < 0 ? held.length : end + 1, fields);
        held = undefined;
      }
      if (held !== undefined) yield rewrite(held, held.length, fields);
    },
    close: () => letter.close(),
  };
}

function rewrite(bytes: Buffer, end: number, fields: string): Buffer {
  const kept = readPostHeader(bytes.toString('latin1', 0, end)).fields.filter(
    (field) => !replaced.has(nameOf(field)),
  );
  return Buffer.concat([Buffer.from(fields + kept.join(''), 'latin1'), bytes.subarray(end)]);
}
