// Prefix of subjects and Reply-To of a list, as Qmailadmin keeps them (spec/qmailadmin.md 2.8): DIR/prefix is `[text]`; DIR/headeradd
// has a Reply-To line and DIR/headerremove the field's name when answers go to the list or to an address.
import { join } from 'node:path';
import { type Owner, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { errorCode, unlinkFile } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';
import { fromBytes, readListFile, toBytes } from './files.ts';
import { withListLock } from './lock.ts';

/** Whom answers to a post go to. */
export type ReplyTo =
  | { readonly to: 'sender' | 'list' }
  | { readonly to: 'address'; readonly address: string };

const listLine = 'Reply-To: <#l#>@<#h#>';
const isReplyTo = (line: string): boolean => /^reply-to\s*(?::|$)/i.test(line);

/** What is between the brackets; '' is none. @throws ListError 111 */
export async function readPrefix(directory: string): Promise<string> {
  const line = fromBytes((await readListFile(join(directory, 'prefix')))?.split('\n', 1)[0] ?? '').trim();
  return /^\[(.*)\]$/.exec(line)?.[1] ?? line;
}

/** '' removes it. @throws ListError 100, 111 */
export async function writePrefix(directory: string, text: string, owner: Owner): Promise<void> {
  const plain = text.trim().replace(/^\[|\]$/g, '');
  if (/[\x00-\x1f\x7f]/.test(plain)) throw new ListError(100, 'a prefix is one line');
  await store(join(directory, 'prefix'), plain === '' ? undefined : `[${plain}]\n`, owner);
}

/** @throws ListError 111 */
export async function readReplyTo(directory: string): Promise<ReplyTo> {
  const line = fromBytes((await readListFile(join(directory, 'headeradd'))) ?? '')
    .split('\n')
    .find(isReplyTo);
  if (line === undefined) return { to: 'sender' };
  const value = line.slice(line.indexOf(':') + 1).trim();
  return value === '<#l#>@<#h#>' || value === '<#L#>@<#H#>'
    ? { to: 'list' }
    : { to: 'address', address: value.replace(/^<|>$/g, '') };
}

/** @throws ListError 100, 111 */
export async function writeReplyTo(directory: string, replyTo: ReplyTo, owner: Owner): Promise<void> {
  if (replyTo.to === 'address' && /[\x00-\x20\x7f]/.test(replyTo.address))
    throw new ListError(100, `${JSON.stringify(replyTo.address)} is no address for answers`);
  const lines = { sender: undefined, list: listLine, address: '' };
  const line = replyTo.to === 'address' ? `Reply-To: ${toBytes(replyTo.address)}` : lines[replyTo.to];
  const change = async (name: string, added: string | undefined): Promise<void> => {
    const path = join(directory, name);
    const kept = ((await readListFile(path)) ?? '')
      .split('\n')
      .filter((one) => one !== '' && !isReplyTo(one));
    await store(path, [...kept, ...(added === undefined ? [] : [added]), ''].join('\n'), owner);
  };
  await withListLock(
    join(directory, 'lock'),
    async () => {
      await change('headeradd', line);
      await change('headerremove', line === undefined ? undefined : 'Reply-To');
    },
    owner,
  );
}

async function store(path: string, text: string | undefined, owner: Owner): Promise<void> {
  try {
    if (text !== undefined)
      return await replaceFile(path, Buffer.from(toBytes(text), 'latin1'), 0o600, owner);
    await unlinkFile(path);
    await syncDirectory(join(path, '..'));
  } catch (error) {
    if (text === undefined && errorCode(error) === 'ENOENT') return;
    throw systemError(`unable to write ${path}`, error);
  }
}
