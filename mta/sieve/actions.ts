// What a run has asked for so far (RFC 5228 2.10): equal actions are one, some go not together (RFC 5429 2.5, RFC 5230 4.7),
// there is a limit of them, and each but a few cancels the implicit keep.
import { ScriptError } from './language/source.ts';
import { SIEVE_ACTIONS, SIEVE_NOTICES, SIEVE_REDIRECTS, type SieveAction } from './types.ts';

/** What one letter that comes may become of letters that leave (RFC 5228 10, RFC 5435 8). */
const mostOf: Partial<Record<SieveAction['type'], { readonly count: number; readonly words: string }>> = {
  redirect: { count: SIEVE_REDIRECTS, words: 'redirects' },
  notify: { count: SIEVE_NOTICES, words: 'notices' },
};

type Filing = Extract<SieveAction, { type: 'keep' | 'fileinto' }>;

export class Actions {
  readonly #list: SieveAction[] = [];
  #isKeepCancelled = false;
  #isKept = false;

  /** RFC 5228 2.10.2, and RFC 3894 for what leaves it. */
  cancelKeep(): void {
    this.#isKeepCancelled = true;
  }

  get isKeepImplicit(): boolean {
    return !this.#isKeepCancelled;
  }

  /** A keep was asked for, or nothing else came instead. */
  get isKept(): boolean {
    return this.#isKept;
  }

  get list(): readonly SieveAction[] {
    return this.#list;
  }

  /** Adds an action. Throws ScriptError for one too many, or one that does not go with those before. */
  add(action: SieveAction): void {
    this.#checkTogether(action);
    if (action.type === 'keep') this.#isKept = true;
    const same = this.#list.findIndex((other) => isSame(other, action));
    if (same >= 0) {
      const other = this.#list[same]!;
      // RFC 5232 5: one copy in a folder, and the last list of flags wins.
      if (isFiling(other) && isFiling(action)) this.#list[same] = { ...other, flags: action.flags };
      return;
    }
    const isImplicit = action.type === 'keep' && action.implicit;
    if (this.#list.length >= SIEVE_ACTIONS && !isImplicit)
      throw new ScriptError(`found more than ${SIEVE_ACTIONS} actions; expected at most ${SIEVE_ACTIONS}`);
    const most = mostOf[action.type];
    if (most !== undefined && this.#list.filter(({ type }) => type === action.type).length >= most.count)
      throw new ScriptError(`found more than ${most.count} ${most.words}; expected at most ${most.count}`);
    this.#list.push(action);
  }

  #checkTogether(action: SieveAction): void {
    const rival = this.#list.find((other) => clash(other, action) || clash(action, other));
    if (rival === undefined) return;
    throw new ScriptError(
      rival.type === action.type
        ? `found a second ${action.type} for one letter; expected one`
        : `found ${nameOf(action)} beside ${nameOf(rival)}; expected only one of them for a letter`,
    );
  }
}

const nameOf = (action: SieveAction): string =>
  action.type === 'reject' && action.early ? 'ereject' : action.type;

const isFiling = (action: SieveAction): action is Filing =>
  action.type === 'keep' || action.type === 'fileinto';

/** RFC 5228 4.3: keep is the same as fileinto "INBOX", whatever the case of that name (RFC 9051 5.1). */
const folderOf = (action: Filing): string =>
  action.type === 'keep' || /^inbox$/i.test(action.mailbox) ? 'INBOX' : action.mailbox;

/** RFC 5429 2.5: a refused letter is neither kept nor sent on nor answered; RFC 5230 4.7: one vacation. */
function clash(one: SieveAction, other: SieveAction): boolean {
  if (one.type === 'vacation') return other.type === 'vacation';
  return one.type === 'reject' && ['reject', 'keep', 'fileinto', 'redirect', 'vacation'].includes(other.type);
}

/** RFC 5228 2.10.3. A letter stored with other edits of its header is another one (RFC 5293 7). */
function isSame(one: SieveAction, other: SieveAction): boolean {
  if (isFiling(one) && isFiling(other)) return folderOf(one) === folderOf(other) && one.edits === other.edits;
  if (one.type === 'redirect' && other.type === 'redirect')
    return one.address.toLowerCase() === other.address.toLowerCase();
  if (one.type === 'discard') return other.type === 'discard';
  return (
    one.type === 'notify' &&
    other.type === 'notify' &&
    one.method === other.method &&
    one.message === other.message
  );
}
