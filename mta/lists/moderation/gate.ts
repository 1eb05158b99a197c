// ezmlm-gate: a post of somebody in one of the named sets goes to the list at once, any other one waits for a moderator
// (ezmlm-gate(1)). ezmlm's -q, programs that decide, is for ezmlm's own program: who uses it is told.
import { ListError } from '../errors.ts';
import { openList } from '../list.ts';
import { ezmlmSend } from '../post/send.ts';
import type { ListProgram } from '../program.ts';
import { readProgramWords } from '../program-options.ts';
import { senderOf } from '../sender-of.ts';
import { findSubscriber } from '../subscribers.ts';
import { ezmlmStore } from './store.ts';

export const usage = 'ezmlm-gate: usage: ezmlm-gate [-cCmMpPrRsSyY] dir [moddir [...]]';

export const ezmlmGate: ListProgram = async (call) => {
  const { options, directory, rest } = readProgramWords(call, 'cCmMpPrRsSyYq:QvV0', usage);
  if (options.some(({ letter }) => letter === 'q'))
    throw new ListError(111, "ezmlm-gate -q runs programs of the list's owner, which is not done here");
  await openList(directory, { etc: call.etc });
  const sender = senderOf(call);
  let isKnown = false;
  for (const set of sender ? rest : [])
    isKnown ||= (await findSubscriber(directory, set, sender!)) !== undefined;
  const passed = isKnown ? 'cCrR' : 'cCrRmMpPsSyY';
  const words = options.filter(({ letter }) => passed.includes(letter)).map(({ letter }) => `-${letter}`);
  const program = isKnown ? ezmlmSend : ezmlmStore;
  return program({ ...call, args: [...words, directory] });
};
