// mailbox export: the mail of an account copied out, as a Maildir with folders, as one mbox a folder (mboxrd), or as a
// ZIP of .eml files. The mailbox itself is only read. An mbox and a ZIP are written beside their name and renamed when
// they are whole; into a Maildir only what is not there yet is copied, so an interrupted export goes on.
import { chown, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../../mta/commands/command.ts';
import { Fatal, systemFatal } from '../../mta/commands/fatal.ts';
import { errorCode, readNames } from '../../mta/maildir/calls.ts';
import { makeMaildir } from '../../mta/maildir/create.ts';
import { encodeFolderName } from '../../mta/maildir/folder-name.ts';
import { createNameSource } from '../../mta/maildir/name.ts';
import { writeAll, writeFile } from '../mailbox/append.ts';
import type { Mailbox } from '../mailbox/types.ts';
import { archiveName, type Leaving, leavingMessages } from '../transfer/leaving.ts';
import { formatMboxEntry } from '../transfer/mbox.ts';
import { createZipWriter } from '../zip/zip-writer.ts';
import type { Arguments } from './command.ts';
import { becomeSelf, createProgress, findAccount, withMailbox } from './open-account.ts';

/** Takes messages in one form. */
interface Exporter {
  startFolder(folder: string): Promise<void>;
  /** False: it was there already. */
  put(message: Leaving): Promise<boolean>;
  endFolder(): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing half. */
  abort(): Promise<void>;
}

export async function exportMail(args: Arguments, context: CommandContext): Promise<number> {
  const place = await findAccount(args.account, context);
  const target = args.rest[0]!;
  const colon = target.indexOf(':');
  const path = resolve(target.slice(colon + 1));
  const make = exporters[target.slice(0, Math.max(0, colon))];
  if (!make || target.length === colon + 1)
    throw new Fatal(100, 'TARGET is maildir:DIR, mbox:DIR or zip:FILE');
  let exporter: Exporter;
  try {
    // Before root becomes the owner of the Maildir: the target is where root may write.
    exporter = await make(path, place);
  } catch (error) {
    throw systemFatal(`unable to write ${path}`, error);
  }
  try {
    const { count, kept } = await withMailbox(place, context, (mailbox) =>
      copyOut(mailbox, exporter, args.folder, context),
    );
    becomeSelf();
    await exporter.finish();
    context.stdout.write(`${count} messages exported${kept > 0 ? `, ${kept} were there` : ''}\n`);
    return 0;
  } catch (error) {
    becomeSelf();
    await exporter.abort();
    if (errorCode(error) !== '' && !(error instanceof Fatal))
      throw systemFatal(`unable to write ${path}`, error);
    throw error;
  }
}

async function copyOut(
  mailbox: Mailbox,
  exporter: Exporter,
  only: string | undefined,
  context: CommandContext,
): Promise<{ count: number; kept: number }> {
  const folders = (await mailbox.uids.list()).map(({ folder }) => folder);
  const wanted = only && (/^inbox$/i.test(only) ? 'INBOX' : only.normalize('NFC'));
  if (wanted && !folders.includes(wanted)) throw new Fatal(100, `there is no folder ${JSON.stringify(only)}`);
  const progress = createProgress(context);
  let [count, kept] = [0, 0];
  for (const folder of wanted ? [wanted] : folders) {
    await exporter.startFolder(folder);
    for await (const message of leavingMessages(mailbox, folder)) {
      if (await exporter.put(message)) count += 1;
      else kept += 1;
      progress.show(`${folder}: ${count} messages`);
    }
    await exporter.endFolder();
  }
  progress.done();
  return { count, kept };
}

const exporters: Readonly<
  Record<string, (path: string, owner: { uid: number; gid: number }) => Promise<Exporter>>
> = {
  maildir: exportMaildir,
  mbox: exportMboxes,
  zip: exportZip,
};

async function exportMaildir(path: string, owner: { uid: number; gid: number }): Promise<Exporter> {
  const names = createNameSource('export');
  await makeMaildir(path, { owner });
  let directory = path;
  let known = new Set<string>();
  return {
    async startFolder(folder) {
      directory = folder === 'INBOX' ? path : join(path, encodeFolderName(folder));
      if (directory !== path) await makeMaildir(directory, { owner, folder: true });
      const files = await readNames(join(directory, 'cur'));
      known = new Set(files.map((name) => /^[^,:]*\.E([A-Za-z0-9_-]+)\.export/.exec(name)?.[1] ?? ''));
    },
    async put(message) {
      const mark = `${message.emailId}-${message.uid}`;
      if (known.has(mark)) return false;
      const content = await message.read();
      if (!content) return false;
      // The name says which message it is, so that it is copied once.
      const unique = `${Math.floor(message.received / 1000)}.E${mark}.export`;
      const file = await writeFile(
        { path: directory, ...owner },
        new Date(message.received),
        { next: () => `${unique}.${names.next().split('.')[1]}` },
        async (handle) => {
          await writeAll(handle, content);
          return { size: content.length, wire: content.length + countBare(content) };
        },
      );
      await rename(file.tmp, join(directory, 'cur', `${file.base}:2,${message.flags}`));
      return true;
    },
    endFolder: () => syncPath(join(directory, 'cur')),
    finish: async () => {},
    abort: async () => {},
  };
}

function countBare(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) {
    if (content[at - 1] !== 13) count += 1;
  }
  return count;
}

async function exportMboxes(path: string, owner: { uid: number; gid: number }): Promise<Exporter> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  // Its files are written as the owner of the mail.
  if (made && process.geteuid?.() === 0) await chown(path, owner.uid, owner.gid);
  const directory = await open(path, 'r');
  let file: FileHandle | undefined;
  let [temporary, final] = ['', ''];
  return {
    async startFolder(folder) {
      // A folder's name has no slash; a leading dot would hide the file.
      final = `/proc/self/fd/${directory.fd}/${folder.replace(/^\./, '_')}.mbox`;
      temporary = `${final}.part`;
      await rm(temporary, { force: true });
      file = await open(temporary, 'wx', 0o600);
    },
    async put(message) {
      const content = await message.read();
      if (!content || !file) return false;
      await writeAll(file, formatMboxEntry({ ...message, content }));
      return true;
    },
    async endFolder() {
      await file?.sync();
      await file?.close();
      file = undefined;
      await rename(temporary, final);
    },
    finish: async () => {
      await directory.sync();
      await directory.close();
    },
    async abort() {
      await file?.close();
      if (temporary) await rm(temporary, { force: true }).catch(() => {});
      await directory.close().catch(() => {});
    },
  };
}

async function exportZip(path: string): Promise<Exporter> {
  const temporary = `${path}.part`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  const zip = createZipWriter(async (bytes) => {
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  });
  return {
    startFolder: async () => {},
    async put(message) {
      const content = await message.read();
      if (!content) return false;
      await zip.add(archiveName(message), content, message.received);
      return true;
    },
    endFolder: async () => {},
    async finish() {
      await zip.finish();
      await file.sync();
      await file.close();
      await rename(temporary, path);
    },
    async abort() {
      await file.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
    },
  };
}

async function syncPath(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
