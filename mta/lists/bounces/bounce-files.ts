// Bounces that a list has seen, in DIR/bounce and DIR/digest/bounce (ezmlm-return(1), ezmlm-warn(1)):
//   d/TTTT/dNNNN.N   the first bounce of an address since its last warning; TTTTNNNN is the time in seconds
//   d/TTTT/wNNNN.N   the bounce of a warning.  Both: address, NUL, Return-Path line, the bounce
//   h/X/hREST        numbers of the messages that came back from an address; XREST is its hash
//   lastd, lasth     when d/ was gone through last, and which X of h/ was
// A file is renamed into its name when it is whole. All under DIR/lockbounce.
import { randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncDirectory } from '../../accounts/durable.ts';
import { quoteAddress } from '../../formats/address.ts';
import {
  closeFile,
  dropFile,
  openFile,
  readWhole,
  renameFile,
  syncFile,
  writeBytes,
} from '../../maildir/calls.ts';
import { makeCookie } from '../cookie.ts';
import { systemError } from '../errors.ts';
import { readListFile, toBytes } from '../files.ts';

/** Seconds in one directory of d/. */
export const SPAN = 10_000;
/** Bytes of a bounce that are kept: the reason stands at its beginning. */
export const MOST_BOUNCE = 128 * 1024;
/** Bytes of message numbers of one address. */
const MOST_NUMBERS = 64 * 1024;

/** A place for bounces: DIR/bounce or DIR/digest/bounce. */
export const bouncePlace = (directory: string): string => join(directory, 'bounce');

/** The file of an address in h/. */
export function hashFileOf(directory: string, address: string): string {
  const hash = makeCookie(Buffer.alloc(0), '', address, '');
  return join(bouncePlace(directory), 'h', hash[0]!, `h${hash.slice(1)}`);
}

/** Whose bounce it is, and the bounce with its Return-Path line. */
export interface KeptBounce {
  readonly address: string;
  readonly bounce: Buffer;
}

/** Undefined: the file is none, or was cut off. @throws ListError 111 */
export async function readBounce(path: string): Promise<KeptBounce | undefined> {
  try {
    const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = await readWhole(descriptor, MOST_BOUNCE + 4096);
      const end = bytes.indexOf(0);
      if (end <= 0) return undefined;
      return { address: bytes.toString('utf8', 0, end), bounce: bytes.subarray(end + 1) };
    } finally {
      dropFile(descriptor);
    }
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  }
}

/** What came back, and from whom. */
export interface NewBounce {
  /** DIR or DIR/digest. */
  readonly directory: string;
  /** The member. */
  readonly address: string;
  /** Envelope sender of the bounce. */
  readonly sender: string;
  readonly bounce: Buffer;
  /** Seconds. */
  readonly now: number;
}

async function writeBounce(
  { directory, address, sender, bounce, now }: NewBounce,
  kind: 'd' | 'w',
): Promise<void> {
  const parent = join(bouncePlace(directory), 'd');
  const place = join(parent, String(Math.floor(now / SPAN)));
  const name = `${now % SPAN}.${randomInt(2 ** 40)}`;
  // Beside the directory: what a crash leaves there is removed by ezmlm-warn in its time.
  const temporary = `${place}_${kind}${name}`;
  const returnPath = toBytes(`Return-Path: <${quoteAddress(sender)}>`).replaceAll('\n', '_');
  const start = Buffer.from(`${toBytes(address)}\0${returnPath}\n`, 'latin1');
  try {
    await mkdir(place, { recursive: true, mode: 0o755 });
    const { O_WRONLY, O_CREAT, O_EXCL } = constants;
    const descriptor = await openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644);
    try {
      await writeBytes(descriptor, Buffer.concat([start, bounce.subarray(0, MOST_BOUNCE)]));
      await syncFile(descriptor);
    } finally {
      await closeFile(descriptor);
    }
    await renameFile(temporary, join(place, `${kind}${name}`));
    await syncDirectory(place);
  } catch (error) {
    throw systemError(`unable to write a bounce in ${place}`, error);
  }
}

/** Keeps the bounce of a warning. @throws ListError 111 */
export const keepWarningBounce = (bounce: NewBounce): Promise<void> => writeBounce(bounce, 'w');

/** Keeps the first bounce of an address, and the number of each message that came back. @throws ListError 111 */
export async function keepBounce(bounce: NewBounce, number: number): Promise<void> {
  const path = hashFileOf(bounce.directory, bounce.address);
  const known = await readListFile(path);
  if (known === undefined) await writeBounce(bounce, 'd');
  if (known !== undefined && known.length > MOST_NUMBERS) return;
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o755 });
    await replaceFile(path, `${known ?? ''}   ${number}\n`, 0o644);
  } catch (error) {
    throw systemError(`unable to write ${path}`, error);
  }
}

/** Removes a file. @throws ListError 111 */
export async function removeBounceFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw systemError(`unable to delete ${path}`, error);
  }
}
