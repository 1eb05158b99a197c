// The page of filters (webmail.md R1, R7): rules as sentences, blocked senders, what an older webmail left; or, where a
// script of another making filters the mail, that it does.

import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import { dropFile, errorCode, openFile, readWhole, statFile } from '../../../mta/maildir/calls.ts';
import { foldKeyword } from '../../../mta/maildir/keyword-files.ts';
import { largestMailfilter, type Mailfilter, readMailfilter } from '../../../mta/sieve/rules/mailfilter.ts';
import { foldersOf, type Rule } from '../../../mta/sieve/rules/rule.ts';
import { labelViews } from '../labels/view.ts';
import { cleanLine, isolate } from '../shell/foreign.ts';
import { type Fault, formOf, type Values } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { blockKinds, filtersPage } from './changes.ts';
import type { FilterState } from './desk.ts';
import { describeActions, describeCondition, folderNamer, nameOfRule, type RuleWords } from './sentence.ts';

/** Words for rules as the signed-in person knows their folders and labels, with the folders that are there. */
export async function ruleWords(
  web: WebParts,
  req: Request,
): Promise<RuleWords & { readonly hasFolder: (name: string) => boolean }> {
  const { t, formats } = web.shell.localsOf(req);
  const folders = await (await web.mailbox(req)).folders();
  const labels = labelViews(web.labels.list(web.session(req).account.address), t);
  return {
    t,
    formats,
    folder: folderNamer(folders, t),
    label: (keyword) =>
      isolate(
        labels.find((one) => foldKeyword(one.keyword) === foldKeyword(keyword))?.name ??
          cleanLine(keyword, 100),
      ),
    hasFolder: (name) => folders.some((one) => one.name === name),
  };
}

/** What SqWebMail left in the home of the account (MAILDIRFILTER=../.mailfilter); undefined: nothing. */
export async function findMailfilter(account: Account): Promise<Mailfilter | undefined> {
  let descriptor: number;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = await openFile(join(account.directory, '.mailfilter'), flags);
  } catch (error) {
    // A link, a directory or a FIFO is no filter of anybody's.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES'].includes(errorCode(error))) return undefined;
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile() || stats.uid !== account.uid || stats.size > largestMailfilter) return undefined;
    return readMailfilter(await readWhole(descriptor, largestMailfilter));
  } finally {
    dropFile(descriptor);
  }
}

function lineOf(rule: Rule, words: Awaited<ReturnType<typeof ruleWords>>) {
  return {
    id: rule.id,
    name: nameOfRule(rule, words),
    hasName: rule.name !== '',
    isOn: rule.isOn,
    conditions: rule.conditions.map((condition) => describeCondition(condition, words)),
    joiner: words.t(rule.match === 'any' ? 'rules.or' : 'rules.and'),
    actions: describeActions(rule.actions, words),
    notes: [
      ...foldersOf(rule)
        .filter((folder) => !words.hasFolder(folder))
        .map((folder) => words.t('rules.folderMissing', { folder: words.folder(folder) })),
      ...rule.waitsFor.map((address) =>
        words.t('rules.waits', { address: isolate(cleanLine(address, 320)) }),
      ),
    ],
    href: withField(`${filtersPage}/rule`, 'id', rule.id),
  };
}

function importOf(found: Mailfilter | undefined, words: RuleWords, known: readonly Rule[]) {
  if (!found) return undefined;
  if (found.kind === 'foreign') return { isForeign: true, rules: [], others: [] };
  const rules = found.rules.flatMap(({ outcome }) => ('rule' in outcome ? [outcome.rule] : []));
  // What was taken over is not offered once more.
  const fresh = rules.filter((rule) => !known.some((one) => isSame(one, rule)));
  return {
    isForeign: false,
    rules: fresh.map((rule) => ({
      name: nameOfRule(rule, words),
      conditions: rule.conditions.map((condition) => describeCondition(condition, words)),
      joiner: words.t(rule.match === 'any' ? 'rules.or' : 'rules.and'),
      actions: describeActions(rule.actions, words),
    })),
    others: found.rules.flatMap(({ name, lines, outcome }) =>
      'reason' in outcome
        ? [
            {
              name: cleanLine(name, 100),
              lines: lines.map((line) => cleanLine(line, 300)),
              reason: words.t(`rules.importNot.${outcome.reason}`, { delivery: words.t('incoming.title') }),
            },
          ]
        : [],
    ),
  };
}

/** Do two rules do the same? */
export const isSame = (one: Omit<Rule, 'id'>, other: Omit<Rule, 'id'>): boolean =>
  JSON.stringify([one.name, one.match, one.conditions, one.actions]) ===
  JSON.stringify([other.name, other.match, other.conditions, other.actions]);

/** What the form that blocks somebody shows. */
export interface BlockShown {
  readonly values: Values;
  readonly faults: readonly Fault[];
}

export async function renderFilters(
  web: WebParts,
  req: Request,
  res: Response,
  shown?: BlockShown,
): Promise<void> {
  const { account } = web.session(req);
  const words = await ruleWords(web, req);
  const state: FilterState = await web.filters.read(account);
  const book = state.kind === 'rules' ? state.book : undefined;
  const found = book && (await findMailfilter(account));
  await web.render(req, res, {
    view: 'filters/page',
    title: words.t('rules.title'),
    status: shown ? 422 : 200,
    pageClass: 'page-narrow page-settings page-filters',
    model: {
      isForeign: state.kind === 'foreign',
      isDisabled: !(await web.filters.isEnabled()),
      isOff: state.kind === 'rules' && state.isThere && !state.isActive,
      scriptName: cleanLine(state.name),
      scriptHref: withField(`${filtersPage}/script`, 'name', state.name),
      rules: book?.rules.map((rule) => lineOf(rule, words)) ?? [],
      moved: { id: oneValue(req.query.at), way: oneValue(req.query.way) },
      blocked: blockKinds.flatMap((how) =>
        (book?.blocked[how] ?? []).map((who) => ({ who: cleanLine(who, 320), value: who, how })),
      ),
      imported: importOf(found, words, book?.rules ?? []),
      form: formOf(shown?.values ?? { how: 'junk' }, shown?.faults),
    },
  });
}
