// Rules that send mail on (webmail.md R6): an address that is new to the account is asked first, as for a forward of all
// mail (settings/forwards.ts), and until somebody there agrees the rule that names it does nothing. Whom a rule waits for
// is in the rule itself.
import type { Request } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import { lowerAscii } from '../../../mta/formats/address.ts';
import { quoted } from '../../../mta/log.ts';
import type { Rule } from '../../../mta/sieve/rules/rule.ts';
import { askForward, standingOf } from '../settings/forwards.ts';
import { isolate } from '../shell/foreign.ts';
import type { WebParts } from '../web.ts';
import { wordsOfRefusal } from './changes.ts';

/** Where a rule sends mail: who must agree first, and the first one to whom mail cannot go at all. */
export async function judgeTargets(
  web: WebParts,
  own: string,
  { actions }: Pick<Rule, 'actions'>,
): Promise<{ readonly waitsFor: readonly string[]; readonly unfit: string | undefined }> {
  const waitsFor: string[] = [];
  let unfit: string | undefined;
  for (const target of actions.forwardTo) {
    const standing = await standingOf(web, own, target);
    if (standing === 'ask') waitsFor.push(target);
    else if (standing === 'never') unfit ??= target;
  }
  return { waitsFor, unfit };
}

/** Those of some addresses that have no letter that asks them. */
export function notAsked(web: WebParts, own: string, targets: readonly string[]): readonly string[] {
  const asked = new Set(web.forwards.waiting(own).map(({ target }) => lowerAscii(target)));
  return targets.filter((target) => !asked.has(lowerAscii(target)));
}

/** Asks addresses in the name of the signed-in person. Gives words when one could not be asked. */
export async function askTargets(
  web: WebParts,
  req: Request,
  targets: readonly string[],
): Promise<string | undefined> {
  let words: string | undefined;
  for (const target of new Set(targets)) words ??= await askForward(web, req, target, 'some');
  return words;
}

/** Takes down, and tells the owner, that rules send mail to these addresses from now on, or once they agree. */
export function noteForwards(web: WebParts, req: Request, targets: readonly string[]): void {
  if (targets.length > 0)
    web.security.note(req, web.session(req).account.address, 'forward', [...new Set(targets)].join(', '));
}

/** Somebody agreed: rules that waited for this address begin. */
export async function endWaiting(
  web: WebParts,
  req: Request,
  account: Account,
  target: string,
): Promise<void> {
  const isTarget = (one: string): boolean => lowerAscii(one) === lowerAscii(target);
  try {
    const state = await web.filters.read(account);
    if (state.kind === 'foreign' || !state.isThere) return;
    await web.filters.change(account, (book) =>
      book.rules.some(({ waitsFor }) => waitsFor.some(isTarget))
        ? {
            ...book,
            rules: book.rules.map((rule) => ({
              ...rule,
              waitsFor: rule.waitsFor.filter((one) => !isTarget(one)),
            })),
          }
        : undefined,
    );
  } catch (error) {
    // Saved once more, the rule begins: the address is known to have agreed.
    const why = wordsOfRefusal(error, web.words(req));
    web.log(`web: rules of ${quoted(account.address)} that forward to ${quoted(target)}: ${quoted(why)}`);
  }
}

/** The words for an address that mail cannot go to. */
export const wordsOfUnfit = (web: WebParts, req: Request, target: string): string =>
  web.words(req)('rules.fault.forwardOwn', { address: isolate(target) });
