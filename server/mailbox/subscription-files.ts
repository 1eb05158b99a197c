// What a user subscribed to (RFC 9051 6.3.7), in the files that Courier and Dovecot keep in the root of the Maildir, so
// that a site may go back and forth (spec/maildir-imap.md 2.9). Courier's file is always written; Dovecot's only where
// it is there already. What either names is subscribed; a change is made in both. Names need not exist.
// A file that cannot be read is left alone and told in the log: a wish of clients is not worth failing a folder for.
import { encodeFolderName } from '../../mta/maildir/folder-name.ts';
import { replacePrivateFile } from '../../mta/maildir/private-file.ts';
import {
  type DovecotSubscriptions,
  formatCourierSubscriptions,
  formatDovecotSubscriptions,
  parseCourierSubscriptions,
  parseDovecotSubscriptions,
  readSharedLine,
  type Subscriptions,
  writeSharedLine,
} from '../../mta/maildir/subscriptions.ts';
import { readSmallFile, type SmallFilePlace } from './small-files.ts';

type SubscriptionContext = SmallFilePlace;

const courierName = 'courierimapsubscribed';
const dovecotName = 'subscriptions';
const largest = 4 * 1_048_576;

interface Found {
  readonly courier: Subscriptions | undefined;
  readonly dovecot: DovecotSubscriptions | undefined;
}

async function readFiles(context: SubscriptionContext): Promise<Found> {
  const [courier, dovecot] = await Promise.all([
    readSmallFile(context, courierName, largest),
    readSmallFile(context, dovecotName, largest),
  ]);
  return {
    courier: courier && parseCourierSubscriptions(courier.content),
    dovecot: dovecot && parseDovecotSubscriptions(dovecot.content),
  };
}

/** Names that are subscribed to, in the order of the files; `INBOX` without its case. */
export async function readSubscriptions(context: SubscriptionContext): Promise<readonly string[]> {
  const { courier, dovecot } = await readFiles(context);
  const names = [...(courier?.folders ?? []), ...(dovecot?.folders ?? [])];
  return [...new Set(names.map((name) => name.normalize('NFC')))];
}

/**
 * Writes what `change` makes of the names, durably, where it makes something else. Rejects with system errors; the old
 * files are as they were then.
 * @param style how the folders beside the files spell their names
 */
export async function changeSubscriptions(
  context: SubscriptionContext,
  style: 'utf-8' | 'utf-7',
  change: (names: readonly string[]) => readonly string[],
): Promise<void> {
  const { courier, dovecot } = await readFiles(context);
  const owner = { uid: context.uid, gid: context.gid };
  const before = await readSubscriptions(context);
  const after = change(before).filter((name) => isOneLine(name));
  const write = (name: string, content: Buffer): Promise<void> =>
    replacePrivateFile(context.maildir, name, content, owner, context.names);
  if (!isSame(courier?.folders ?? [], after)) {
    const next = { folders: after, others: courier?.others ?? [] };
    await write(courierName, formatCourierSubscriptions(next, style));
  }
  if (dovecot && !isSame(dovecot.folders, after)) {
    await write(dovecotName, formatDovecotSubscriptions({ ...dovecot, folders: after }, style));
  }
}

/** Folders of other accounts that are subscribed to, `/account.Folder`: they are in Courier's file only. */
export async function readSharedSubscriptions(context: SubscriptionContext): Promise<readonly string[]> {
  const { courier } = await readFiles(context);
  return (courier?.others ?? []).flatMap((line) => readSharedLine(line)?.normalize('NFC') ?? []);
}

/** Subscribes to one of them or ends that, durably. Rejects as `changeSubscriptions`. */
export async function changeSharedSubscription(
  context: SubscriptionContext,
  style: 'utf-8' | 'utf-7',
  folder: string,
  isSubscribed: boolean,
): Promise<void> {
  const { courier } = await readFiles(context);
  const before = courier?.others ?? [];
  const others = before.filter((line) => readSharedLine(line)?.normalize('NFC') !== folder);
  const isThere = others.length < before.length;
  if (isThere === isSubscribed || (isSubscribed && !isOneLine(folder.slice(1)))) return;
  const after = isSubscribed ? [...before, writeSharedLine(folder, style)] : others;
  const content = formatCourierSubscriptions({ folders: courier?.folders ?? [], others: after }, style);
  const owner = { uid: context.uid, gid: context.gid };
  await replacePrivateFile(context.maildir, courierName, content, owner, context.names);
}

const isOneLine = (name: string): boolean => name !== '' && !/[\0-\x1f\x7f]/.test(encodeFolderName(name));

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);
