// The keys that sign a domain's mail (DKIM): which sign, which wait, what is to be published, and what others find now. New
// keys sign when their owner says so, and only once DNS shows them, or when he insists.
//   GET  /admin/d/DOMAIN/signing
//   POST /admin/d/DOMAIN/signing/add      new keys
//   POST /admin/d/DOMAIN/signing/use      `key`: selectors, with spaces between; `anyway`: though they are not found
//   GET, POST /admin/d/DOMAIN/signing/remove   `key`: one selector
import { type Request, type Response, Router } from 'express';
import { NoSuchObject, Refusal } from '../../../mta/accounts/administration.ts';
import { openSettings } from '../../../mta/control/settings.ts';
import { createRecordLookup } from '../../../mta/dns/record-lookup.ts';
import { judgeDkim } from '../../../mta/dns/records/dkim.ts';
import type { Judgement } from '../../../mta/dns/records/types.ts';
import { quoteText } from '../../../mta/dns/records/zone.ts';
import type { DkimKey } from '../../../mta/trust/dkim-keys.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { sentence } from '../shell/refused.ts';
import type { Translate } from '../words/words.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

/** Milliseconds of the first of two tries for an answer. */
const patience = 1500;

/** A key, and what others find of it. */
interface SeenKey extends DkimKey {
  readonly seen: Judgement | undefined;
}

const namesOf = (text: string): readonly string[] => text.slice(0, 1000).split(/\s+/).filter(Boolean);

export function signingRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  /** The keys with what the name servers say of them now. */
  async function look(keys: readonly DkimKey[]): Promise<readonly SeenKey[]> {
    const { dnsservers } = await openSettings(admin.home.qmail).read(['dnsservers']);
    const lookup = createRecordLookup(dnsservers, patience);
    try {
      return await Promise.all(
        keys.map(async (key): Promise<SeenKey> => {
          if (key.record === undefined) return { ...key, seen: undefined };
          const answer = await lookup.records(key.record.name, 'TXT');
          if (answer.kind === 'soft') return { ...key, seen: { verdict: 'unknown', why: 'no-answer' } };
          return { ...key, seen: judgeDkim(key.record.text, answer.kind === 'found' ? answer.values : []) };
        }),
      );
    } finally {
      lookup.close();
    }
  }

  const find = async (req: Request) => {
    const { actor } = admin.grant(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    return {
      actor,
      domain,
      base: domainPath(domain, '/signing'),
      keys: await administration.dkimKeys(actor, domain),
    };
  };

  const describe = (key: SeenKey, t: Translate, day: (time: number) => string) => ({
    selector: key.selector,
    state: key.state,
    stateWords: t(`signing.state.${key.state}`),
    kind: key.algorithm === undefined ? '' : key.algorithm === 'rsa-sha256' ? `RSA ${key.bits}` : 'Ed25519',
    made: t('signing.made', { time: day(key.writtenAt) }),
    problem: key.problem === undefined ? '' : cleanLine(key.problem, 200),
    name: key.record?.name ?? '',
    // In pieces of 255 bytes, as name servers want them.
    text: key.record === undefined ? '' : quoteText(key.record.text),
    // Of a key that rests nothing is wanted.
    verdict: key.state === 'old' && key.seen?.verdict === 'missing' ? '' : (key.seen?.verdict ?? ''),
    label: key.seen === undefined ? '' : t(`dns.verdict.${key.seen.verdict}`),
    // What is missing stands right below.
    why:
      key.seen === undefined || key.seen.why === 'absent'
        ? ''
        : t(`dns.why.${key.seen.why}`, { value: '', host: '' }),
  });

  /** @param unfound keys that somebody wants to use and that others do not find */
  const show = async (
    req: Request,
    res: Response,
    status: number,
    given: { readonly unfound?: readonly string[]; readonly fault?: string },
  ): Promise<void> => {
    const { t, formats } = admin.shell.localsOf(req);
    const { domain, base, keys } = await find(req);
    const seen = await look(keys);
    const of = (state: DkimKey['state']) => seen.filter((key) => key.state === state);
    const current = of('current');
    const next = of('next');
    const isFound = (list: readonly SeenKey[]): boolean => list.every((key) => key.seen?.verdict === 'right');
    await admin.show(req, res, {
      view: 'admin/signing',
      title: t('signing.title'),
      section: 'signing',
      domain,
      status,
      model: {
        base,
        state: current.length === 0 ? 'none' : isFound(current) ? 'right' : 'wrong',
        // Newest first: what is to be done stands on top.
        keys: [...next, ...current, ...of('old').toReversed(), ...of('broken')].map((key) =>
          describe(key, t, formats.full),
        ),
        next: next.map(({ selector }) => selector).join(' '),
        hasCurrent: current.length > 0,
        isNextFound: isFound(next),
        unfound: (given.unfound ?? []).join(' '),
        unfoundWords: (given.unfound ?? []).join(', '),
        fault: given.fault ?? '',
      },
    });
  };

  router.get('/admin/d/:domain/signing', (req, res) => show(req, res, 200, {}));

  router.post('/admin/d/:domain/signing/add', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { actor, domain, base } = await find(req);
    try {
      await administration.addDkimKeys(actor, domain);
    } catch (error) {
      if (error instanceof Refusal) return show(req, res, 422, { fault: sentence(error.message) });
      throw error;
    }
    admin.done(req, res, base, t('admin.saved'));
  });

  router.post('/admin/d/:domain/signing/use', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { actor, domain, base, keys } = await find(req);
    const wanted = namesOf(oneValue(req.body?.key));
    const chosen = keys.filter(({ selector }) => wanted.includes(selector));
    if (chosen.length === 0 || chosen.length < wanted.length) throw new NoSuchObject('no such key');
    if (req.body?.anyway === undefined) {
      const unfound = (await look(chosen)).filter(({ seen }) => seen?.verdict !== 'right');
      if (unfound.length > 0) return show(req, res, 422, { unfound: wanted });
    }
    try {
      await administration.useDkimKeys(actor, domain, wanted);
    } catch (error) {
      if (error instanceof Refusal) return show(req, res, 422, { fault: sentence(error.message) });
      throw error;
    }
    admin.done(req, res, base, t('admin.saved'));
  });

  router.get('/admin/d/:domain/signing/remove', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { domain, base, keys } = await find(req);
    const key = keys.find(({ selector }) => selector === oneValue(req.query.key));
    if (key === undefined) throw new NoSuchObject('no such key');
    await admin.show(req, res, {
      view: 'admin/signing-remove',
      title: t('signing.removeTitle', { key: key.selector }),
      section: 'signing',
      domain,
      model: { base, key: key.selector, isCurrent: key.state === 'current' },
    });
  });

  router.post('/admin/d/:domain/signing/remove', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { actor, domain, base } = await find(req);
    const isCurrent = oneValue(req.body?.current) === '1';
    try {
      await administration.removeDkimKey(actor, domain, oneValue(req.body?.key).slice(0, 255), isCurrent);
    } catch (error) {
      if (error instanceof Refusal) return show(req, res, 422, { fault: sentence(error.message) });
      throw error;
    }
    admin.done(req, res, base, t('admin.saved'));
  });

  return router;
}
