// ezmlm-return: bounces of posts, of warnings and of last tries come in here (ezmlm-return(1)). A post's is kept for
// ezmlm-warn; a warning's leads to a last try; who cannot be reached by that is unsubscribed. Nothing is ever answered.
// Only an address that the list made itself does harm: warnings and tries have cookies, and a forged bounce of a post leads to a
// warning that its member gets.
import { join } from 'node:path';
import { ListError } from '../errors.ts';
import { openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import type { Letter, ListAnswer, ListProgram } from '../program.ts';
import { requireEnv } from '../program.ts';
import { lastOf, readProgramWords } from '../program-options.ts';
import { findExactly, unsubscribe } from '../subscribers.ts';
import { keepBounce, keepWarningBounce, MOST_BOUNCE } from './bounce-files.ts';
import { possibleMembers, readQsbmf, readReturnAddress } from './return-address.ts';

export const usage = 'ezmlm-return: usage: ezmlm-return [-dD] dir';

const done: ListAnswer = { status: 99, output: '' };

export const ezmlmReturn: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'dDvV', usage);
  const list = await openList(directory, { etc: call.etc });
  const sender = requireEnv(call, 'SENDER');
  const address = readReturnAddress(requireEnv(call, 'DEFAULT'), list.key, call.now);
  const set = lastOf(options, 'dD') === 'd' ? 'digest' : '.';
  const place = set === 'digest' ? join(directory, 'digest') : directory;
  if (address.kind === 'trash') return { status: 99, output: 'ezmlm-return: info: trash address\n' };
  if (address.kind === 'unknown')
    throw new ListError(100, 'Invalid bounce or receipt address format (#5.1.1)');
  if (address.kind === 'probe') {
    await unsubscribe(directory, set, address.member, { event: 'probe' });
    return done;
  }
  return withListLock(join(place, 'lockbounce'), async () => {
    const keep = async (member: string, bounce: Buffer, number: number | undefined): Promise<void> => {
      let recorded: string | undefined;
      for (const one of possibleMembers(member)) recorded ??= await findExactly(directory, set, one);
      // Who has left meanwhile is none of our business.
      if (recorded === undefined) return;
      const kept = { directory: place, address: recorded, sender, bounce, now: call.now };
      await (number === undefined ? keepWarningBounce(kept) : keepBounce(kept, number));
    };
    const bounce = await readStart(call.letter);
    if (address.kind === 'warning') await keep(address.member, bounce, undefined);
    else if (address.kind === 'message') await keep(address.member, bounce, address.number);
    else
      for (const each of readQsbmf(bounce.toString('latin1')))
        await keep(
          Buffer.from(each.member, 'latin1').toString('utf8'),
          Buffer.from(each.bounce, 'latin1'),
          address.number,
        );
    return done;
  });
};

/** The beginning of a bounce. */
async function readStart(letter: Letter): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of letter.open()) {
    pieces.push(piece);
    size += piece.length;
    if (size >= MOST_BOUNCE) break;
  }
  return Buffer.concat(pieces).subarray(0, MOST_BOUNCE);
}
