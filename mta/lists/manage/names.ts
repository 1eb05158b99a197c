// DIR/from: the From fields of people who asked to be subscribed to a moderated list, until a moderator agrees, for the Log
// (ezmlm-manage -f). One line each: `TIME ADDRESS`, NUL, the field's value. Lines live as long as a confirmation.
import { join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { COOKIE_SECONDS } from '../cookie.ts';
import { systemError } from '../errors.ts';
import { readListFile, toBytes } from '../files.ts';
import { withListLock } from '../lock.ts';

/** Keeps a name. @param name byte string @throws ListError 111 */
export async function keepName(directory: string, address: string, name: string, now: number): Promise<void> {
  if (name === '') return;
  const path = join(directory, 'from');
  await withListLock(join(directory, 'lock'), async () => {
    const lines = ((await readListFile(path)) ?? '').split('\n').filter((line) => {
      const time = Number(/^\d{1,12}/.exec(line)?.[0] ?? Number.NaN);
      return time + COOKIE_SECONDS > now && time <= now;
    });
    lines.push(`${now} ${toBytes(address)}\0${name.replace(/[\n\0]/g, ' ')}`);
    try {
      await replaceFile(path, Buffer.from(`${lines.join('\n')}\n`, 'latin1'), 0o600);
    } catch (error) {
      throw systemError(`unable to write ${path}`, error);
    }
  });
}

/** The name that was kept for an address at this time, as byte string; '' when there is none. @throws ListError 111 */
export async function findName(directory: string, address: string, time: number): Promise<string> {
  const start = `${time} ${toBytes(address)}\0`;
  const text = (await readListFile(join(directory, 'from'))) ?? '';
  return (
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.slice(start.length) ?? ''
  );
}
