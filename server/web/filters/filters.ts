// Filters (webmail.md 1.12 R1 to R4, R7): what happens to new mail by itself.
//   GET  /settings/filters           rules, blocked senders, filters of SqWebMail
//   POST /settings/filters/switch    id, on (1 or nothing)
//   POST /settings/filters/order     id, way=up|down; or before=<id>, '' for the end
//   POST /settings/filters/remove    id
//   POST /settings/filters/use       rules in the place of another script, which stays
//   POST /settings/filters/import    takes over what SqWebMail left
//   POST /settings/filters/block     who, or m=<id> and in, of a message; how=junk|discard; return
//   POST /settings/filters/unblock   who
// edit.ts: one rule; scripts.ts: the scripts themselves; forwarding.ts: who is asked before mail is sent on;
// folders.ts: what becomes of rules when a folder does.
import { type Request, type Response, Router } from 'express';
import { isBlockable, type Rule, type RuleBook, ruleLimits } from '../../../mta/sieve/rules/rule.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import {
  blockKinds,
  changeFilters,
  type FilterChange,
  filtersPage,
  kindOf,
  putRule,
  putSender,
  undoFilters,
  wordsOfRefusal,
} from './changes.ts';
import { editRoutes, newId } from './edit.ts';
import { askTargets, judgeTargets, notAsked, noteForwards } from './forwarding.ts';
import { addressIn, factsOfMessage } from './like.ts';
import { findMailfilter, isSame, renderFilters } from './page.ts';
import { scriptRoutes } from './scripts.ts';

export function filterRoutes(web: WebParts): Router {
  const router = Router();
  undoFilters(web);
  router.use(editRoutes(web), scriptRoutes(web));
  const page = filtersPage;
  const post = (path: string, work: (req: Request, res: Response) => Promise<void>): void =>
    void router.post(`${page}/${path}`, web.signedIn, web.sameOrigin, work);

  router.get(page, web.signedIn, (req, res) => renderFilters(web, req, res));

  post('switch', (req, res) => {
    const { t } = web.shell.localsOf(req);
    const id = oneValue(req.body?.id);
    const isOn = oneValue(req.body?.on) === '1';
    return changeFilters(web, req, res, (book) => {
      const at = book.rules.findIndex((rule) => rule.id === id);
      const before = book.rules[at];
      if (!before) return undefined;
      return {
        book: putRule(book, id, { ...before, isOn }, at),
        words: t(isOn ? 'rules.turnedOn' : 'rules.turnedOff'),
        undo: { kind: 'filter', id, before, at },
      };
    });
  });

  post('order', (req, res) => {
    const { t } = web.shell.localsOf(req);
    const [id, way, next] = [req.body?.id, req.body?.way, req.body?.before].map(oneValue);
    // Who moves a rule by its buttons goes on with the next press.
    const back = way === 'up' || way === 'down' ? withField(withField(page, 'at', id), 'way', way) : page;
    const move = (book: RuleBook): FilterChange | undefined => {
      const at = book.rules.findIndex((rule) => rule.id === id);
      const rule = book.rules[at];
      if (!rule || id === undefined) return undefined;
      const others = book.rules.filter((one) => one !== rule);
      const follower = others.findIndex((one) => one.id === next);
      const dropped = follower < 0 ? others.length : follower;
      const to = way === 'up' ? at - 1 : way === 'down' ? at + 1 : dropped;
      return {
        book: putRule(book, id, rule, Math.max(0, to)),
        words: t('rules.moved'),
        undo: { kind: 'filter', id, before: rule, at },
      };
    };
    return changeFilters(web, req, res, move, back);
  });

  post('remove', (req, res) => {
    const { t } = web.shell.localsOf(req);
    const id = oneValue(req.body?.id);
    return changeFilters(web, req, res, (book) => {
      const at = book.rules.findIndex((rule) => rule.id === id);
      const before = book.rules[at];
      if (!before) return undefined;
      return {
        book: putRule(book, id, undefined, at),
        words: t('rules.removed'),
        undo: { kind: 'filter', id, before, at },
      };
    });
  });

  post('use', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    try {
      await web.filters.use(account);
    } catch (error) {
      return web.fail(req, res, 422, wordsOfRefusal(error, t));
    }
    res.redirect(303, withField(page, 'u', web.rememberUndo(req, t('rules.used'), undefined)));
  });

  post('import', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const found = await findMailfilter(account);
    const wanted: Omit<Rule, 'id'>[] = [];
    for (const { outcome } of found?.kind === 'sqwebmail' ? found.rules : []) {
      if ('reason' in outcome) continue;
      // Mail goes on as it did once the other address agrees; to one that cannot be, a rule is kept, but off.
      const { waitsFor, unfit } = await judgeTargets(web, account.address, outcome.rule);
      wanted.push({ ...outcome.rule, waitsFor, isOn: unfit === undefined });
    }
    let taken: readonly Rule[] = [];
    await changeFilters(web, req, res, (book) => {
      taken = wanted
        .filter((rule) => !book.rules.some((one) => isSame(one, rule)))
        .slice(0, Math.max(0, ruleLimits.rules - book.rules.length))
        .map((rule) => ({ ...rule, id: newId() }));
      return taken.length === 0
        ? undefined
        : {
            book: { ...book, rules: [...book.rules, ...taken] },
            words: t('rules.imported', { n: taken.length }),
          };
    });
    noteForwards(
      web,
      req,
      taken.flatMap(({ actions }) => actions.forwardTo),
    );
    const waitsFor = taken.flatMap((rule) => rule.waitsFor);
    await askTargets(web, req, notAsked(web, account.address, waitsFor));
  });

  post('block', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const how = blockKinds.find((kind) => kind === oneValue(req.body?.how)) ?? 'junk';
    const id = oneValue(req.body?.m);
    const typed = oneValue(req.body?.who).slice(0, ruleLimits.address * 2);
    const refuse = (words: string): Promise<void> =>
      id === ''
        ? renderFilters(web, req, res, { values: { who: typed, how }, faults: [{ field: 'who', words }] })
        : web.fail(req, res, 422, words);
    const facts = id === '' ? undefined : await factsOfMessage(web, req, id, oneValue(req.body?.in));
    const who = (id === '' ? addressIn(typed) : (facts?.sender ?? '')).toLowerCase();
    if (!isBlockable(who)) return refuse(t(id === '' ? 'rules.fault.block' : 'rules.fault.blockNobody'));
    if (who === account.address) return refuse(t('rules.fault.blockOwn'));
    await changeFilters(
      web,
      req,
      res,
      (book) => ({
        book: putSender(book, who, how),
        words: t('rules.didBlock', { who: cleanLine(who, 320) }),
        undo: { kind: 'filter', who, before: kindOf(book, who) },
      }),
      id === '' ? filtersPage : req.body?.return,
    );
  });

  post('unblock', (req, res) => {
    const { t } = web.shell.localsOf(req);
    const who = oneValue(req.body?.who);
    return changeFilters(web, req, res, (book) => {
      const before = kindOf(book, who);
      if (before === undefined) return undefined;
      return {
        book: putSender(book, who, undefined),
        words: t('rules.didUnblock', { who: cleanLine(who, 320) }),
        undo: { kind: 'filter', who, before },
      };
    });
  });

  return router;
}
