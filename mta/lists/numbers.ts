// The small files of numbers in a list directory (ezmlm(5)): `num` (posts so far and, behind a colon, their size in units
// of 256 bytes), `dignum` (the same of the last digest, and when it was), `digissue`, `archnum`, `tstdig`. Replaced as a
// whole, durably, under DIR/lock.
import { join } from 'node:path';
import { replaceFile } from '../accounts/durable.ts';
import { systemError } from './errors.ts';
import { readListFile } from './files.ts';

/** The numbers of such a file, in their order; those that are not there are 0. Undefined: there is no file. */
export async function readNumbers(
  directory: string,
  name: string,
): Promise<readonly [number, number, number] | undefined> {
  const text = await readListFile(join(directory, name));
  if (text === undefined) return undefined;
  const [first = '', second = '', third = ''] = (text.split('\n', 1)[0] ?? '').split(':');
  const numberOf = (digits: string): number => Number(/^\d{1,15}/.exec(digits)?.[0] ?? 0);
  return [numberOf(first), numberOf(second), numberOf(third)];
}

/** Writes them, joined by colons. @throws ListError 111 */
export async function writeNumbers(
  directory: string,
  name: string,
  numbers: readonly number[],
): Promise<void> {
  const path = join(directory, name);
  try {
    await replaceFile(path, `${numbers.join(':')}\n`, 0o644);
  } catch (error) {
    throw systemError(`unable to write ${path}`, error);
  }
}
