// What became of letters: the delivery history by message and address (isoqlog's question, asked of one letter).
// System administrators see all, domain administrators the letters from or to their domain.
//   GET /admin/deliveries                  `q` part of an address or a number, `state`, `before`
//   GET /admin/deliveries/:id              one letter
//   GET /admin/d/:domain/deliveries        the same for one domain
import { type Request, type Response, Router } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import type { MessageHistory, RecipientState } from '../../history/types.ts';
import { writtenAddress } from '../message/delivery.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { domainPath, withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const states = ['waiting', 'delivered', 'deferred', 'failed'] as const satisfies readonly RecipientState[];
const pageSize = 50;

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

  const list = async (req: Request, res: Response, domain: string | undefined): Promise<void> => {
    const { t } = admin.shell.localsOf(req);
    const search = oneValue(req.query.q).slice(0, 320).trim();
    const state = states.find((name) => name === oneValue(req.query.state));
    const before = Number(/^\d{1,15}$/.exec(oneValue(req.query.before))?.[0] ?? 0) || undefined;
    const path = domain === undefined ? '/admin/deliveries' : domainPath(domain, '/deliveries');
    let messages: readonly MessageHistory[];
    try {
      messages = await history.messages({ search, state, domain, before, limit: pageSize });
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
    const { name } = await admin.administration.domain(admin.grant(req).actor, oneValue(req.params.domain));
    await list(req, res, name);
  });

  router.get('/admin/deliveries/:id', async (req, res) => {
    const { actor, level, address } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const asked = oneValue(req.query.d);
    // Throws NoSuchObject for who may not see the domain.
    const domain =
      level === 'system' && asked === ''
        ? undefined
        : (await admin.administration.domain(actor, asked === '' ? domainOf(address) : asked)).name;
    const id = /^\d{1,15}$/.exec(oneValue(req.params.id))?.[0];
    const message = id === undefined ? undefined : await history.message(Number(id), domain);
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
