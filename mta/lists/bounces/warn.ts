// ezmlm-warn: goes through the bounces that ezmlm-return kept (ezmlm-warn(1)), with ezmlm's times: ten days after the first
// bounce of an address since its last warning it is warned, with the numbers of what it missed; when the warning comes
// back, ten days later a last try follows (a probe), and its bounce unsubscribes it. Called with each post; it works at
// most once in 4.8 hours (a fiftieth of the ten days). What one address meets keeps no other one.
import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { quoteAddress } from '../../formats/address.ts';
import { errorCode } from '../../maildir/calls.ts';
import { encodeTarget } from '../command-address.ts';
import { makeCookie } from '../cookie.ts';
import { systemError } from '../errors.ts';
import { isPresent, readListFile, toBytes } from '../files.ts';
import { type MailingList, openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readMessage } from '../messages.ts';
import { listAddress, writeNotice } from '../notice.ts';
import { type ListCall, type ListProgram, sendListLetter } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { findExactly } from '../subscribers.ts';
import { readText, valuesOf } from '../texts.ts';
import { bouncePlace, hashFileOf, readBounce, removeBounceFile, SPAN } from './bounce-files.ts';

export const usage = 'ezmlm-warn: usage: ezmlm-warn [-dD] [-l secs] [-t days] dir';

const USUAL_DAYS = 10;
const DAY = 86_400;
/** h/ is cleaned one letter at a time, not more often than this. */
const CLEANING_SECONDS = 100_000;

export const ezmlmWarn: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'dDl:t:vV', usage);
  const list = await openList(directory, { etc: call.etc });
  if (await list.isSet('nowarn')) return { status: 0, output: '' };
  let timeout = USUAL_DAYS * DAY;
  let lockout: number | undefined;
  let which: string | undefined;
  for (const { letter, value } of options) {
    if (letter === 't') timeout = (Number.parseInt(value, 10) || 0) * DAY;
    if (letter === 'l') lockout = Number.parseInt(value, 10) || undefined;
    if (letter === 'd' || letter === 'D') which = letter;
  }
  const output: string[] = [];
  const places: (readonly [set: '.' | 'digest', place: string])[] = [];
  if (which !== 'd') places.push(['.', directory]);
  const digest = join(directory, 'digest');
  if (which === 'd' || (which === undefined && (await isPresent(digest)))) places.push(['digest', digest]);
  for (const [set, place] of places) {
    const round = new Round({
      call,
      list,
      set,
      place,
      timeout,
      lockout: lockout ?? Math.floor(timeout / 50),
    });
    output.push(...(await round.run()));
  }
  return { status: 0, output: output.join('') };
};

interface RoundOptions {
  readonly call: ListCall;
  readonly list: MailingList;
  readonly set: '.' | 'digest';
  /** DIR or DIR/digest. */
  readonly place: string;
  /** Seconds. */
  readonly timeout: number;
  readonly lockout: number;
}

/** One round through the bounces of a set. */
class Round {
  readonly #options: RoundOptions;
  readonly #output: string[] = [];
  #trouble: unknown;

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  /** @returns what the queue said of each letter @throws ListError 111 after all that could be done is done */
  async run(): Promise<readonly string[]> {
    const { place, call, lockout } = this.#options;
    const last = Number.parseInt((await readListFile(join(bouncePlace(place), 'lastd'))) ?? '', 10) || 0;
    // A time to come in lastd must not stop us for ever.
    if (last + lockout > call.now && last < call.now) return [];
    await withListLock(join(place, 'lockbounce'), () => this.#go());
    if (this.#trouble !== undefined) throw this.#trouble;
    return this.#output;
  }

  async #go(): Promise<void> {
    const { place, call, timeout } = this.#options;
    const directory = join(bouncePlace(place), 'd');
    const names = await namesIn(directory);
    if (names === undefined) return;
    for (const name of names) {
      const begin = Number.parseInt(name, 10) || 0;
      // ezmlm: all of a directory is done together, when the last of it is old enough; with no time at once.
      const due = (begin + (timeout > 0 ? 1 : 0)) * SPAN + timeout;
      if (call.now < due) continue;
      await this.#try(() => this.#doDirectory(join(directory, name)));
    }
    if (this.#trouble !== undefined) return;
    await this.#write('lastd', `${call.now}\n`);
    await this.#cleanNumbers();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#trouble ??= error;
    }
  }

  async #doDirectory(path: string): Promise<void> {
    const names = await namesIn(path);
    // A file: a bounce that was cut off while it was written.
    if (names === undefined) return removeBounceFile(path);
    for (const name of names) {
      const file = join(path, name);
      const kind = name[0];
      await this.#try(() => (kind === 'd' || kind === 'w' ? this.#tell(file, kind) : removeBounceFile(file)));
    }
    try {
      await rmdir(path);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY'].includes(errorCode(error)))
        throw systemError(`unable to delete ${path}`, error);
    }
  }

  /** Warns the member of a bounce, or tries him a last time; the bounce is done with then. */
  async #tell(file: string, kind: 'd' | 'w'): Promise<void> {
    const { call, list, set, place } = this.#options;
    const kept = await readBounce(file);
    const isMember =
      kept !== undefined && (await findExactly(list.directory, set, kept.address)) !== undefined;
    if (!isMember) return removeBounceFile(file);
    const { address, bounce } = kept;
    const numbers = hashFileOf(place, address);
    const content = writeNotice({
      list,
      now: call.now,
      from: listAddress(list, set === 'digest' ? '-digest-help' : '-help'),
      to: toBytes(quoteAddress(address)),
      subject: await readMessage(list, kind === 'w' ? 'SUB_PROBE' : 'SUB_WARNING'),
      text: await this.#makeText(kind, numbers),
      enclosed: piecesOf(bounce),
    });
    const word = kind === 'w' ? 'probe' : 'warn';
    const cookie = makeCookie(list.key, String(call.now), address, kind === 'w' ? 'P' : 'W');
    const local = set === 'digest' ? `${list.outlocal}-digest` : list.outlocal;
    const sender = `${local}-return-${word}-${call.now}.${cookie}-${encodeTarget(address)}@${list.outhost}`;
    const queued = await sendListLetter(call, { content, sender, recipients: [address] });
    this.#output.push(`ezmlm-warn: info: ${queued}\n`);
    if (kind === 'd') await removeBounceFile(numbers);
    await removeBounceFile(file);
  }

  async #makeText(kind: 'd' | 'w', numbers: string): Promise<string> {
    const { list, set } = this.#options;
    const values = valuesOf(list, set);
    const names =
      kind === 'w'
        ? ['top', 'bounce-probe', 'bounce-bottom']
        : ['top', 'bounce-warn', set === 'digest' ? 'dig-bounce-num' : 'bounce-num'];
    let text = '';
    for (const name of names) text += await readText(list, name, values);
    if (kind === 'w') return text;
    return text + ((await readListFile(numbers)) ?? '') + (await readText(list, 'bounce-bottom', values));
  }

  /** Numbers of addresses that have not bounced for three times as long go, one letter of h/ at a time. */
  async #cleanNumbers(): Promise<void> {
    const { place, call, timeout } = this.#options;
    const path = join(bouncePlace(place), 'lasth');
    const changed = await modifiedAt(path);
    if (changed !== undefined && call.now < changed + CLEANING_SECONDS && call.now > changed) return;
    const last = (await readListFile(path))?.[0] ?? '';
    const letter = last >= 'a' && last <= 'o' ? String.fromCharCode(last.charCodeAt(0) + 1) : 'a';
    const directory = join(bouncePlace(place), 'h', letter);
    for (const name of (await namesIn(directory)) ?? []) {
      const file = join(directory, name);
      const time = await modifiedAt(file);
      if (time !== undefined && call.now > time + 3 * timeout) await removeBounceFile(file);
    }
    await this.#write('lasth', `${letter}\n`);
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(bouncePlace(this.#options.place), name);
    try {
      await replaceFile(path, text, 0o644);
    } catch (error) {
      throw systemError(`unable to write ${path}`, error);
    }
  }
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Undefined: there is no such directory. */
async function namesIn(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw systemError(`unable to open ${path}`, error);
  }
}

/** Seconds; undefined: there is no such file. */
async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs / 1000;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemError(`unable to look at ${path}`, error);
  }
}
