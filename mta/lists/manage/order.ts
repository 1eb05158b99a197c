// What one letter to a command address of a list asks for, and everything that is known about it before it is done:
// ezmlm-manage's options and environment, the list, the address that is meant, who moderates (ezmlm-manage(1)).
import { encodeTarget, type ListCommand, parseListCommand } from '../command-address.ts';
import { ListError } from '../errors.ts';
import { localOfSet, type MailingList, openList } from '../list.ts';
import { type ListCall, requireEnv } from '../program.ts';
import { lastOf, readProgramWords } from '../program-options.ts';
import { requireSender } from '../sender-of.ts';
import { findExactly } from '../subscribers.ts';

export const manageUsage = 'ezmlm-manage: usage: ezmlm-manage [-aAbBcCdDeEfFlLmMnNqQsSuUvV] dir';

/** Options: letters of the line over files of the list. */
export interface ManageOptions {
  /** -B, omitbottom: answers end without text/bottom and the request. */
  readonly omitsBottom: boolean;
  /** -C: -get is not answered here. */
  readonly answersGet: boolean;
  /** -d, -e, modcanedit. */
  readonly letsEdit: boolean;
  /** -F: names are not kept. */
  readonly keepsNames: boolean;
  /** -l, modcanlist. */
  readonly letsList: boolean;
  /** -m: leaving a moderated list needs a moderator. */
  readonly moderatesLeaving: boolean;
  /** -N: subscribers are not told what was done. */
  readonly tells: boolean;
  /** -Q: the owner hears what failed; twice: all. */
  readonly tellsOwner: 0 | 1 | 2;
  /** -S, nosubconfirm. */
  readonly asksComing: boolean;
  /** -U, nounsubconfirm. */
  readonly asksLeaving: boolean;
  readonly isPublic: boolean;
  /** Lines of the request's body that are sent back with it: copylines. */
  readonly copiedLines: number;
}

/** Everything about one request. */
export interface Order extends ListCommand {
  readonly call: ListCall;
  readonly list: MailingList;
  readonly options: ManageOptions;
  /** $DEFAULT as it is; what is behind a cookie depends on each letter of it. */
  readonly word: string;
  readonly sender: string;
  /** The address that is to be subscribed, or that is asked about. */
  readonly target: string;
  /** The same with `=` for `@`. */
  readonly verpTarget: string;
  /** `LIST`, `LIST-digest` ...: what answers come from. */
  readonly local: string;
  /** Set with the moderators; '' when the list has neither moderated subscriptions nor remote administration. */
  readonly moderators: string;
  /** DIR/modsub is there: subscriptions are moderated. */
  readonly isModerated: boolean;
  /** DIR/remote is there: moderators act for others. */
  readonly isRemote: boolean;
  /** The moderator, as recorded, who asks or to whom the answer goes; undefined: it is none. */
  readonly moderator: string | undefined;
}

/** Commands whose answer goes to the address that is meant: only when that is a moderator's may it hold secrets. */
const secretCommands = new Set(['list', 'listn', 'get', 'help', 'edit', 'log']);

/** @throws ListError 100 for letters that nobody may answer and addresses that nobody has; 111 */
export async function readOrder(call: ListCall): Promise<Order> {
  const { options: letters, directory } = readProgramWords(call, 'aAbBcCdDeEfFlLmMnNqQsSuUvV', manageUsage);
  const list = await openList(directory, { etc: call.etc });
  const sender = requireSender(call);
  const word = requireEnv(call, 'DEFAULT');
  const command = parseListCommand(word);
  if (command === undefined) throw new ListError(100, "I don't accept messages at this address (#5.1.1)");
  const target = command.target ?? sender;
  const modsub = await list.line('modsub');
  const remote = await list.line('remote');
  const isModerated = modsub !== undefined;
  const isRemote = remote !== undefined;
  const moderators = isModerated || isRemote ? modsub || remote || 'mod' : '';
  const isSecret = secretCommands.has(command.command) && command.set !== 'deny';
  return {
    ...command,
    call,
    list,
    options: await readOptions(list, letters),
    word,
    sender,
    target,
    verpTarget: encodeTarget(target),
    local: localOfSet(list, command.set),
    moderators,
    isModerated,
    isRemote,
    moderator:
      moderators === ''
        ? undefined
        : await findExactly(list.directory, moderators, isSecret ? target : sender),
  };
}

async function readOptions(list: MailingList, letters: Parameters<typeof lastOf>[0]): Promise<ManageOptions> {
  /** The last of two letters, else the file. */
  const choose = async (
    yes: string,
    no: string,
    usual: () => boolean | Promise<boolean>,
  ): Promise<boolean> => {
    const letter = lastOf(letters, yes + no);
    return letter === undefined ? usual() : yes.includes(letter);
  };
  const owner = letters.reduce(
    (count, { letter }) => (letter === 'q' ? 0 : letter === 'Q' ? count + 1 : count),
    0,
  );
  return {
    omitsBottom: await choose('B', 'b', () => list.isSet('omitbottom')),
    answersGet: await choose('c', 'C', () => true),
    letsEdit: await choose('de', 'DE', () => list.isSet('modcanedit')),
    keepsNames: await choose('f', 'F', () => true),
    letsList: await choose('l', 'L', () => list.isSet('modcanlist')),
    moderatesLeaving: await choose('m', 'M', () => false),
    tells: await choose('n', 'N', () => true),
    tellsOwner: Math.min(owner, 2) as 0,
    asksComing: await choose('s', 'S', async () => !(await list.isSet('nosubconfirm'))),
    asksLeaving: await choose('u', 'U', async () => !(await list.isSet('nounsubconfirm'))),
    isPublic: await list.isSet('public'),
    copiedLines: Number(/^\d{1,6}/.exec((await list.line('copylines')) ?? '')?.[0] ?? 0),
  };
}

/** May this be asked at all? @throws ListError 100 */
export function checkAccess({ command, set, options, moderator, isRemote }: Order): void {
  const isAdministrator = moderator !== undefined && isRemote;
  if (!options.isPublic && !isAdministrator && command !== 'help')
    throw new ListError(100, 'This list takes no requests. (#5.7.2)');
  if (set === 'deny' && !isAdministrator) throw new ListError(100, 'Only moderators may do this. (#5.7.1)');
}
