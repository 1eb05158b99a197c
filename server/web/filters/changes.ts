// Changes of rules and blocked senders, each with what takes it back (webmail.md 2.4): Undo puts one rule back as it was,
// where it was, or one sender, and leaves alone what was changed since. What the script store refuses becomes words.
import type { Request, Response } from 'express';
import { type Blocked, type Rule, type RuleBook, ruleLimits } from '../../../mta/sieve/rules/rule.ts';
import { ScriptStoreError } from '../../../mta/sieve/store.ts';
import { cleanLine, isolate } from '../shell/foreign.ts';
import { checkPath, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';
import { ForeignScriptError } from './desk.ts';

export const filtersPage = '/settings/filters';

export type BlockKind = keyof Blocked;
export const blockKinds = ['junk', 'discard'] as const satisfies readonly BlockKind[];

/** What Undo is handed. */
export type FilterUndo =
  | {
      readonly kind: 'filter';
      readonly id: string;
      /** Undefined: there was no such rule. */
      readonly before?: Rule | undefined;
      readonly at: number;
    }
  | { readonly kind: 'filter'; readonly who: string; readonly before?: BlockKind | undefined };

/** The rules with one as it is to be, at a place; undefined: without it. */
export function putRule(book: RuleBook, id: string, rule: Rule | undefined, at: number): RuleBook {
  const others = book.rules.filter((one) => one.id !== id);
  return { ...book, rules: rule ? others.toSpliced(at, 0, rule) : others };
}

/** @throws ScriptStoreError when there are too many */
export function putSender({ rules, blocked }: RuleBook, who: string, kind: BlockKind | undefined): RuleBook {
  const without = (list: readonly string[]): readonly string[] => list.filter((one) => one !== who);
  const { junk, discard } = { junk: without(blocked.junk), discard: without(blocked.discard) };
  if (kind !== undefined && junk.length + discard.length >= ruleLimits.blocked)
    throw new ScriptStoreError('count', `At most ${ruleLimits.blocked} senders can be blocked.`);
  return {
    rules,
    blocked: {
      junk: kind === 'junk' ? [...junk, who] : junk,
      discard: kind === 'discard' ? [...discard, who] : discard,
    },
  };
}

export const kindOf = ({ blocked }: RuleBook, who: string): BlockKind | undefined =>
  blockKinds.find((kind) => blocked[kind].includes(who));

/** The words for why nothing could be changed; other errors are thrown on. */
export function wordsOfRefusal(error: unknown, t: Translate): string {
  if (error instanceof ForeignScriptError)
    return t('rules.foreign', { name: isolate(cleanLine(error.message)) });
  if (!(error instanceof ScriptStoreError)) throw error;
  if (error.kind === 'size' || error.kind === 'count') return t('rules.full');
  return t('rules.refused', { why: cleanLine(error.message, 300) });
}

/** What a change came to. */
export interface FilterChange {
  readonly book: RuleBook;
  readonly words: string;
  readonly undo?: FilterUndo | undefined;
}

/**
 * Changes the rules of the signed-in person and goes back with the toast. `work` gives undefined when what it is about
 * is not there any more.
 */
export async function changeFilters(
  web: WebParts,
  req: Request,
  res: Response,
  work: (book: RuleBook) => FilterChange | undefined,
  back: unknown = filtersPage,
): Promise<void> {
  const { t } = web.shell.localsOf(req);
  let change: FilterChange | undefined;
  try {
    await web.filters.change(web.session(req).account, (book) => {
      change = work(book);
      return change?.book;
    });
  } catch (error) {
    return web.fail(req, res, 422, wordsOfRefusal(error, t));
  }
  if (change === undefined) return web.fail(req, res, 404, 'rules.gone');
  const op = web.rememberUndo(req, change.words, change.undo);
  web.goBack(res, withField(checkPath(back, filtersPage), 'u', op), filtersPage);
}

export function undoFilters(web: WebParts): void {
  web.undoWith('filter', async (req, payload) => {
    const { t } = web.shell.localsOf(req);
    const undo = payload as FilterUndo;
    try {
      await web.filters.change(web.session(req).account, (book) => {
        if ('who' in undo) return putSender(book, undo.who, undo.before);
        const next = putRule(book, undo.id, undo.before, undo.at);
        if (next.rules.length > ruleLimits.rules)
          throw new Error(t('rules.tooMany', { n: ruleLimits.rules }));
        return next;
      });
    } catch (error) {
      throw new Error(wordsOfRefusal(error, t), { cause: error });
    }
  });
}
