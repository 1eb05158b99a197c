// What became of letters: the delivery history by message and address (isoqlog's question, asked of one letter).
// System administrators see all, domain administrators the letters from or to their domain.
//   GET /admin/deliveries                  `q` part of an address or a number, `state`, `before`
//   GET /admin/deliveries/:id              one letter
//   GET /admin/d/:domain/deliveries        the same for one domain and its alias domains
import { type Request, type Response, Router } from 'express';
import { type DomainSummary, NoSuchObject } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import type { MessageHistory, RecipientState } from '../../history/types.ts';
import { writtenAddress } from '../message/delivery.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { domainPath, withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const states = ['waiting', 'delivered', 'deferred', 'failed'] as const satisfies readonly RecipientState[];
const pageSize = 50;

/** A letter to an alias domain is one of the domain's. */
const allNames = ({ name, aliasDomains }: DomainSummary): readonly string[] => [name, ...aliasDomains];

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

function letterOf(message: MessageHistory) {
  return {
    id: message.id,
    number: message.msg,
    qp: message.qp,
    sender: cleanLine(message.sender, 320),
    isBounce: message.sender === '',
    receivedAt: message.receivedAt,
    endedAt: message.endedAt,
    bytes: message.bytes,
    ip: cleanLine(message.ip, 64),
    user: cleanLine(message.user, 320),
    bounceQp: message.bounceQp,
    recipients: message.recipients.map((each) => ({
      address: cleanLine(writtenAddress(each), 320),
      channel: each.channel,
      state: each.state,
      attempts: each.attempts,
      at: each.at,
      words: cleanLines(each.words, 1000),
    })),
  };
}

export function deliveriesRoom(admin: Admin): Router {
  const router = Router();
  const { history } = admin;
  if (!history) return router;

  const list = async (req: Request, res: Response, seen: DomainSummary | undefined): Promise<void> => {
    const domain = seen?.name;
    const { t } = admin.shell.localsOf(req);
    const search = oneValue(req.query.q).slice(0, 320).trim();
    const state = states.find((name) => name === oneValue(req.query.state));
    const before = Number(/^\d{1,15}$/.exec(oneValue(req.query.before))?.[0] ?? 0) || undefined;
    const path = domain === undefined ? '/admin/deliveries' : domainPath(domain, '/deliveries');
    let messages: readonly MessageHistory[];
    try {
      messages = await history.messages({
        search,
        state,
        domains: seen && allNames(seen),
        before,
        limit: pageSize,
      });
    } catch (error) {
      admin.log(`web: ${quoted(error instanceof Error ? error.message : String(error))}`);
      return admin.fail(req, res, 503, 'deliveries.unreachable');
    }
    const last = messages.at(-1);
    await admin.show(req, res, {
      view: 'admin/deliveries',
      title: t('deliveries.title'),
      section: domain === undefined ? 'deliveries' : 'domain-deliveries',
      domain,
      model: {
        path,
        search,
        state: state ?? '',
        states: states.map((name) => ({ name, label: t(`deliveries.state.${name}`) })),
        isFirst: before === undefined,
        firstHref: withQuery(path, { q: search, state }),
        moreHref:
          last === undefined || messages.length < pageSize
            ? ''
            : withQuery(path, { q: search, state, before: String(last.id) }),
        letters: messages.map((message) => ({
          ...letterOf(message),
          href: withQuery(`/admin/deliveries/${message.id}`, { d: domain }),
        })),
      },
    });
  };

  router.get('/admin/deliveries', async (req, res) => {
    admin.system(req);
    await list(req, res, undefined);
  });

  router.get('/admin/d/:domain/deliveries', async (req, res) => {
    // Throws NoSuchObject for who may not see the domain.
    await list(
      req,
      res,
      await admin.administration.domain(admin.grant(req).actor, oneValue(req.params.domain)),
    );
  });

  router.get('/admin/deliveries/:id', async (req, res) => {
    const { actor, level, address } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const asked = oneValue(req.query.d);
    // Throws NoSuchObject for who may not see the domain.
    const seen =
      level === 'system' && asked === ''
        ? undefined
        : await admin.administration.domain(actor, asked === '' ? domainOf(address) : asked);
    const domain = seen?.name;
    const id = /^\d{1,15}$/.exec(oneValue(req.params.id))?.[0];
    const message = id === undefined ? undefined : await history.message(Number(id), seen && allNames(seen));
    if (message === undefined) throw new NoSuchObject('no such letter, or none of the domain');
    await admin.show(req, res, {
      view: 'admin/delivery',
      title: t('deliveries.letter'),
      section: domain === undefined ? 'deliveries' : 'domain-deliveries',
      domain,
      model: {
        letter: letterOf(message),
        queueHref: level === 'system' && message.endedAt === undefined ? `/admin/queue/${message.msg}` : '',
        backHref: domain === undefined ? '/admin/deliveries' : domainPath(domain, '/deliveries'),
      },
    });
  });

  return router;
}
