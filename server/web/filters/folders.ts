// What becomes of rules when a folder does (webmail.md 1.11, R1): renamed, it is renamed in them; deleted, rules that put
// mail there are turned off, and who deleted it is told. A script of another making is left alone.
import type { Request } from 'express';
import { quoted } from '../../../mta/log.ts';
import { foldersOf, type RuleBook, renameFolders } from '../../../mta/sieve/rules/rule.ts';
import type { WebParts } from '../web.ts';
import { wordsOfRefusal } from './changes.ts';

const isIn = (name: string, folder: string): boolean => name === folder || name.startsWith(`${folder}.`);

/** Changes the rules; a failure is logged: the folder is what it is by now, and such letters stay in the inbox. */
async function change(
  web: WebParts,
  req: Request,
  work: (book: RuleBook) => RuleBook | undefined,
): Promise<void> {
  const { account } = web.session(req);
  try {
    const state = await web.filters.read(account);
    if (state.kind === 'rules' && state.isThere) await web.filters.change(account, work);
  } catch (error) {
    web.log(
      `web: rules of ${quoted(account.address)} after a change of folders: ${quoted(wordsOfRefusal(error, web.words(req)))}`,
    );
  }
}

export async function followFolder(web: WebParts, req: Request, from: string, to: string): Promise<void> {
  const renamed = (name: string): string => (isIn(name, from) ? to + name.slice(from.length) : name);
  await change(web, req, (book) =>
    book.rules.some((rule) => foldersOf(rule).some((name) => isIn(name, from)))
      ? { ...book, rules: book.rules.map((rule) => renameFolders(rule, renamed)) }
      : undefined,
  );
}

/** Turns off the rules that put mail into a folder or one below it; gives their ids. */
export async function stopRules(web: WebParts, req: Request, folder: string): Promise<readonly string[]> {
  let stopped: readonly string[] = [];
  await change(web, req, (book) => {
    const found = book.rules.filter(
      (rule) => rule.isOn && foldersOf(rule).some((name) => isIn(name, folder)),
    );
    stopped = found.map(({ id }) => id);
    if (stopped.length === 0) return undefined;
    return {
      ...book,
      rules: book.rules.map((rule) => (stopped.includes(rule.id) ? { ...rule, isOn: false } : rule)),
    };
  });
  return stopped;
}

/** Turns rules on again: the folder is back. */
export async function startRules(web: WebParts, req: Request, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await change(web, req, (book) => ({
    ...book,
    rules: book.rules.map((rule) => (ids.includes(rule.id) ? { ...rule, isOn: true } : rule)),
  }));
}
