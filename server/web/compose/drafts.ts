// The draft spool: the working copy of each message being written, STATE/drafts/<account>/<draft>/ with draft.json and
// one file an attachment. The message in the Drafts folder is made from it at Save. Guarantees: a draft id reaches
// only files below its own account (security.md W7); files are made with O_EXCL under names of ours (F6); draft.json
// is replaced whole or not at all; changes of one draft happen one after the other.
import { randomBytes } from 'node:crypto';
import { constants, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageId } from '../../mailbox/types.ts';
import type { LetterOptions } from './options.ts';

/** What the person typed, as typed. */
export interface DraftFields {
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly replyTo: string;
  /** Address it is written under; '' is the account's default. */
  readonly from: string;
  readonly subject: string;
  /** Of a letter with formatting: its text. */
  readonly body: string;
  /** As the editor gave it; '': plain text. Cleaned whenever it is shown or sent. */
  readonly html: string;
}

export interface DraftAttachment {
  /** `a1`, `a2` ...: the name in the form (`remove=a1`); never used twice in a draft. */
  readonly id: string;
  /** File in the draft's directory. */
  readonly file: string;
  /** Cleaned name for the recipient. */
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Of a picture that stands in the text: without angle brackets. */
  readonly contentId?: string | undefined;
  /** It came with the quote of a reply, and goes with it. */
  readonly isQuoted?: boolean | undefined;
}

/** The message that this one answers or carries on. */
export interface Answering {
  readonly kind: 'reply' | 'forward';
  readonly id: MessageId;
  /** More messages that are forwarded in the same letter. */
  readonly also?: readonly MessageId[] | undefined;
  readonly inReplyTo: string;
  readonly references: readonly string[];
}

/** A message that goes to other people as it is (resent.ts). Its bytes are the draft's only attachment. */
export interface Resending {
  readonly id: MessageId;
  /** '': wherever it lies. */
  readonly folder: string;
}

/** What the outbox knows of a letter that waits for its time, or whose sending is not finished (server/web/outbox). */
export interface HeldLetter {
  /** Milliseconds since 1970 at which it leaves. */
  readonly at: number;
  /** Until when pages offer Undo; the server takes it a little longer. */
  readonly shownUntil: number;
  readonly kind: 'undo' | 'later';
  /** The operation whose toast tells of it; '' when there is none. */
  readonly op: string;
  /** IANA zone of the Date header. */
  readonly zone: string | undefined;
  /** Date of the message, fixed by the first try, so that every try has the same bytes. */
  readonly date?: number | undefined;
  /** The copy in Sent is stored, or given up. */
  readonly isCopied?: boolean | undefined;
  /** Why it did not leave when it should have. */
  readonly trouble?: Trouble | undefined;
}

/** Why a letter waits although its time has come. */
export interface Trouble {
  readonly reason: 'refused' | 'queue' | 'disabled' | 'full' | 'unmade';
  /** The mail system's own words, '' when there are none. */
  readonly words: string;
  /** False: it is tried again by itself. */
  readonly isLasting: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Draft {
  readonly id: string;
  /** Counts up at every save; a form with an older one is a conflict. */
  readonly rev: number;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  /** `held`: it waits in the outbox. `sending` is written before the message is handed to the queue. */
  readonly state: 'open' | 'held' | 'sending' | 'sent';
  /** Undefined: the usual ones. */
  readonly options?: LetterOptions | undefined;
  /** From Send until everything that belongs to sending is done. */
  readonly held?: HeldLetter | undefined;
  readonly fields: DraftFields;
  readonly attachments: readonly DraftAttachment[];
  readonly lastAttachment: number;
  readonly answering: Answering | undefined;
  /** It is no letter of one's own: of its fields only the recipients leave. */
  readonly resending?: Resending | undefined;
  /** Message-ID, the same for every save and for the sent message. */
  readonly messageId: string;
  /** The message in Drafts and the rev it was made from. */
  readonly stored: { readonly id: MessageId; readonly rev: number } | undefined;
  /** Path to go to after sending. */
  readonly returnTo: string;
  /** IANA zone of who writes, for the Date of letters that are made without them; undefined: the machine's. */
  readonly zone?: string | undefined;
  /** What is due for it: its message in Drafts is to be written. */
  readonly due?: string | undefined;
}

export const noFields: DraftFields = {
  to: '',
  cc: '',
  bcc: '',
  replyTo: '',
  from: '',
  subject: '',
  body: '',
  html: '',
};

/** security.md W8. */
export const limits = {
  file: 25 * 1024 * 1024,
  sum: 50 * 1024 * 1024,
  files: 20,
  fields: 100,
} as const;

const day = 24 * 3600 * 1000;

/** 96 random bits, base64url. */
export const newDraftId = (): string => randomBytes(12).toString('base64url');

export const isDraftId = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z0-9_-]{16}$/.test(text);

export interface DraftSpool {
  /** Undefined: no such draft of this account. */
  read(account: string, id: string): Promise<Draft | undefined>;
  /** Runs `work` alone for this draft within this process. */
  alone<T>(account: string, id: string, work: () => Promise<T>): Promise<T>;
  /** Writes draft.json durably, making the directory when it is missing. */
  write(account: string, draft: Draft): Promise<void>;
  /** Syncs the files of its attachments and the directories above it: what `write` stored then survives a power cut. */
  makeDurable(account: string, draft: Draft): Promise<void>;
  /** Opens a new file for an upload that does not belong to a draft yet. */
  openIncoming(account: string): Promise<{ path: string; handle: import('node:fs/promises').FileHandle }>;
  /** Makes an incoming file the draft's; gives the attachment's record. */
  adopt(
    account: string,
    id: string,
    number: number,
    path: string,
    about: FileFacts,
  ): Promise<DraftAttachment>;
  /** Makes the attachments of one draft also those of another, without copying bytes. */
  share(account: string, from: string, to: string, attachments: readonly DraftAttachment[]): Promise<void>;
  removeAttachment(account: string, id: string, attachment: DraftAttachment): Promise<void>;
  attachmentPath(account: string, id: string, attachment: DraftAttachment): string;
  /** Removes everything of the draft. */
  remove(account: string, id: string): Promise<void>;
  /** The draft, open or on its way out, whose message in Drafts is this one. */
  findStored(account: string, stored: MessageId): Promise<Draft | undefined>;
  /** Removes what nobody comes back for: uploads after 24 h, tombstones and unsaved drafts after 7 days (the ticket's life), saved ones after 24 h. Letters of the outbox stay. */
  sweep(account: string, now: number): Promise<void>;
}

export interface FileFacts {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly contentId?: string | undefined;
  readonly isQuoted?: boolean | undefined;
}

/** Opens the spool below the state directory; nothing is made on disk yet. */
export function createDraftSpool(state: string): DraftSpool {
  const root = join(state, 'drafts');
  const turns = new Map<string, Promise<unknown>>();

  const accountDirectory = (account: string) => {
    // an address holds `@`, so the encoded form is never `.` or `..`
    if (!account.includes('@')) throw new Error('draft spool: an account is name@domain');
    return join(root, encodeURIComponent(account.toLowerCase()));
  };
  const directory = (account: string, id: string) => {
    if (!isDraftId(id)) throw new Error('draft spool: not a draft id');
    return join(accountDirectory(account), id);
  };
  const makeDirectory = (path: string) => mkdir(path, { recursive: true, mode: 0o700 });

  async function read(account: string, id: string): Promise<Draft | undefined> {
    if (!isDraftId(id)) return undefined;
    try {
      const draft = JSON.parse(await readFile(join(directory(account, id), 'draft.json'), 'utf8')) as Draft;
      // One that an older version wrote has fewer fields.
      return { ...draft, fields: { ...noFields, ...draft.fields } };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async function ids(account: string): Promise<readonly string[]> {
    try {
      return (await readdir(accountDirectory(account))).filter(isDraftId);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  return {
    read,

    async alone(account, id, work) {
      const key = `${account}/${id}`;
      const before = turns.get(key) ?? Promise.resolve();
      const turn = before.then(work, work);
      const settled = turn.catch(() => undefined);
      turns.set(key, settled);
      try {
        return await turn;
      } finally {
        if (turns.get(key) === settled) turns.delete(key);
      }
    },

    async write(account, draft) {
      const folder = directory(account, draft.id);
      await makeDirectory(folder);
      const temporary = join(folder, `draft.json.${randomBytes(6).toString('hex')}`);
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(draft));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(folder, 'draft.json'));
      await syncPath(folder);
    },

    async makeDurable(account, draft) {
      const folder = directory(account, draft.id);
      const files = draft.attachments.map(({ file }) => join(folder, file));
      // In any order: it is durable when all of them are.
      await Promise.all([...files, folder, accountDirectory(account), root, state].map(syncPath));
    },

    async openIncoming(account) {
      const folder = join(accountDirectory(account), 'incoming');
      await makeDirectory(folder);
      const path = join(folder, randomBytes(12).toString('hex'));
      return { path, handle: await open(path, 'wx', 0o600) };
    },

    async adopt(account, id, number, path, about) {
      const folder = directory(account, id);
      await makeDirectory(folder);
      const file = `part-${number}-${randomBytes(6).toString('hex')}`;
      await rename(path, join(folder, file));
      const { name, type, size, contentId, isQuoted } = about;
      return { id: `a${number}`, file, name, type, size, contentId, isQuoted };
    },

    async share(account, from, to, attachments) {
      await makeDirectory(directory(account, to));
      for (const attachment of attachments) {
        await link(
          join(directory(account, from), attachment.file),
          join(directory(account, to), attachment.file),
        );
      }
    },

    async removeAttachment(account, id, attachment) {
      await unlink(join(directory(account, id), attachment.file)).catch(unlessMissing);
    },

    attachmentPath: (account, id, attachment) => join(directory(account, id), attachment.file),

    async remove(account, id) {
      await rm(directory(account, id), { recursive: true, force: true });
    },

    async findStored(account, stored) {
      for (const id of await ids(account)) {
        const draft = await read(account, id);
        if (draft && draft.state !== 'sent' && draft.stored?.id === stored) return draft;
      }
      return undefined;
    },

    async sweep(account, now) {
      for (const id of await ids(account)) {
        const draft = await read(account, id).catch(() => undefined);
        const facts = await stat(directory(account, id)).catch(() => undefined);
        // the outbox lets go of it first
        if (draft?.held) continue;
        const age = now - (draft?.savedAt ?? facts?.mtimeMs ?? now);
        const inDrafts = draft?.state === 'open' && draft.stored?.rev === draft.rev;
        if (age > (inDrafts ? day : 7 * day))
          await rm(directory(account, id), { recursive: true, force: true });
      }
      const incoming = join(accountDirectory(account), 'incoming');
      for (const name of await readdir(incoming).catch(() => [])) {
        const facts = await stat(join(incoming, name)).catch(() => undefined);
        if (facts && now - facts.mtimeMs > day) await unlink(join(incoming, name)).catch(unlessMissing);
      }
    },
  };
}

/** Syncs a file or directory to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const unlessMissing = (error: unknown): void => {
  if (!isMissing(error)) throw error;
};
