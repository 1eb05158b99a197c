// What a compose page is asked to begin with: another message (reply, forward, a draft), several to attach, a template, or
// fields of an address (`?to=...`, RFC 6068 mailto). A seed travels in the form until the first save makes the draft.

import { type DraftFields, noFields } from './drafts.ts';
import { cleanBody } from './flowed.ts';
import { cleanHeaderText } from './recipients.ts';
import { decodePercent, type ReplyKind } from './reply.ts';

/** The message that a new draft begins with; travels in the form as `kind:id:folder`. */
export interface Seed {
  /** `attach`: whole messages as files of a new letter. */
  readonly kind: ReplyKind | 'forward' | 'attach' | 'edit';
  /** Of `attach` several, with commas between. */
  readonly id: string;
  readonly folder: string | undefined;
  /** Reply to the sender alone although Reply-To names a list. */
  readonly privately: boolean;
}

const kinds = ['reply', 'replyall', 'replylist', 'forward', 'attach', 'edit'] as const;

/** Messages that one letter can carry along. */
export const mostAttached = 50;

const oneId = /^[A-Za-z0-9_-]{12}$/;
const isId = (kind: Seed['kind'], text: string): boolean => {
  const ids = text.split(',');
  return ids.length <= (kind === 'attach' ? mostAttached : 1) && ids.every((id) => oneId.test(id));
};

/**
 * Reads the query of GET /compose; undefined: no other message is meant. `asFile`: a forward carries the message as a
 * file, which `as` in the address decides for once.
 */
export function seedOfQuery(query: (name: string) => string, asFile = false): Seed | undefined {
  for (const kind of kinds) {
    const id = query(kind);
    if (!isId(kind, id)) continue;
    const as = query('as');
    const isFile = kind === 'forward' && (as === 'attachment' || (asFile && as !== 'inline'));
    return {
      kind: isFile ? 'attach' : kind,
      id,
      folder: query('in') || undefined,
      privately: query('private') === '1',
    };
  }
  return undefined;
}

export const seedText = (seed: Seed): string =>
  `${seed.kind}:${seed.id}:${seed.privately ? '1' : '0'}:${seed.folder ?? ''}`;

/** Reads the form's field; undefined for anything that is not of that form. */
export function parseSeed(text: string): Seed | undefined {
  const parts = /^([a-z]+):([A-Za-z0-9_,-]{12,650}):([01]):(.{0,500})$/s.exec(text);
  const kind = kinds.find((known) => known === parts?.[1]);
  if (!parts || !kind || !isId(kind, parts[2] as string)) return undefined;
  return { kind, id: parts[2] as string, privately: parts[3] === '1', folder: parts[4] || undefined };
}

/** Fields from `?to=&cc=&bcc=&subject=&body=`; a `mailto:` in `to` is taken apart (RFC 6068 2). Other headers, and
 * `attach`, are ignored: a link must not choose the sender or files. */
export function fieldsOfQuery(query: (name: string) => string): DraftFields {
  const fields = {
    to: query('to'),
    cc: query('cc'),
    bcc: query('bcc'),
    subject: query('subject'),
    body: query('body'),
  };
  if (/^mailto:/i.test(fields.to)) {
    const address = fields.to.slice(7);
    const mark = address.indexOf('?');
    const headers = mark < 0 ? '' : address.slice(mark + 1);
    fields.to = decodePercent(mark < 0 ? address : address.slice(0, mark));
    for (const pair of headers.split('&').slice(0, 50)) {
      const at = pair.indexOf('=');
      const name = decodePercent(at < 0 ? pair : pair.slice(0, at)).toLowerCase();
      const value = at < 0 ? '' : decodePercent(pair.slice(at + 1));
      if (name === 'to' || name === 'cc' || name === 'bcc') {
        if (value !== '') fields[name] += `${fields[name] === '' ? '' : ', '}${value}`;
      } else if (name === 'subject' || name === 'body') fields[name] = value;
    }
  }
  return {
    ...noFields,
    to: cleanHeaderText(fields.to).slice(0, 10_000),
    cc: cleanHeaderText(fields.cc).slice(0, 10_000),
    bcc: cleanHeaderText(fields.bcc).slice(0, 10_000),
    subject: cleanHeaderText(fields.subject).slice(0, 2000),
    body: cleanBody(fields.body).slice(0, 200_000),
  };
}
