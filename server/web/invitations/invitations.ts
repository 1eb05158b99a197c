// Answering invitations (webmail.md 3.12). Route:
//   POST /m/<id>/invite   answer=accepted, tentative or declined: sends an iTIP REPLY to the organizer
// The answer goes the way of every letter and is remembered, so that the card shows it from then on. The invitation is read
// from the message again: nothing of it comes from the form.
import express, { type Router } from 'express';
import { sendQuickLetter } from '../compose/quick-letter.ts';
import { folderOf, openMessage } from '../message/open.ts';
import { cleanLine } from '../shell/foreign.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import type { WebParts } from '../web.ts';
import { answerKey, invitationModel } from './model.ts';
import { isAnswer, writeReply } from './reply.ts';

type ModelPlace = Parameters<typeof invitationModel>[3];

/** The invitation of a message for its page; undefined: it has none. */
export async function findInvitation(
  web: Web,
  account: { readonly address: string },
  bytes: Buffer | undefined,
  isOwn: (address: string) => boolean,
  place: ModelPlace,
  reader: Parameters<typeof invitationModel>[4],
) {
  const found = bytes && (await web.reader.calendar(bytes));
  const [event] = found?.events ?? [];
  if (!found || !event) return undefined;
  return invitationModel(found, web.answers.find(account.address, answerKey(event)), isOwn, place, reader);
}

export function invitationRoutes(web: WebParts): Router {
  const router = express.Router();
  router.post('/m/:id/invite', web.signedIn, web.sameOrigin, async (req, res) => {
    const id = oneValue(req.params.id);
    const folder = oneValue(req.body?.in) || folderOf(req);
    const opened = await openMessage(web, req, id, folder);
    const found = opened && !opened.cut ? await web.reader.calendar(opened.bytes) : undefined;
    const [event] = found?.events ?? [];
    const { t, formats, lang } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const answer = oneValue(req.body?.answer);
    if (!opened || !found || !event) return web.fail(req, res, 404, 'invite.none');
    const people = event.attendees.map(({ address }) => address).filter((address) => address !== '');
    const isOwn = await web.identities.ownTest(account, [...people, event.organizer?.address ?? '']);
    const place = { id, folder: opened.located.row.folder, here: '' };
    const model = invitationModel(found, undefined, isOwn, place, { t, lang, zone: formats.zone });
    if (!isAnswer(answer) || !model.canAnswer) return web.fail(req, res, 422, 'invite.cannot');
    const from = people.find(isOwn) ?? account.address;
    const identity = await web.identities.find(account, from);
    const who = { name: identity?.name ?? account.gecos, address: identity?.address ?? account.address };
    const outcome = await sendQuickLetter(web, account, {
      from: who.address,
      to: event.organizer?.address ?? '',
      subject: t(`invite.subject.${answer}`, { summary: model.summary || t('list.noSubject') }),
      text: t(`invite.text.${answer}`, {
        name: who.name || who.address,
        summary: model.summary,
        time: model.when,
      }),
      zone: formats.zone,
      calendar: { method: 'REPLY', content: writeReply(event, answer, who, (web.now ?? Date.now)()) },
    });
    if (outcome.code !== 'K')
      return web.fail(
        req,
        res,
        outcome.code === 'D' ? 422 : 503,
        t('invite.notSent', { words: cleanLine(outcome.text) }),
      );
    web.answers.give(account.address, answerKey(event), answer);
    const path = `/m/${id}?in=${encodeURIComponent(place.folder)}`;
    const op = web.rememberUndo(req, t(`invite.done.${answer}`), undefined);
    web.goBack(res, withField(checkPath(oneValue(req.body?.return), path), 'u', op), path);
  });
  return router;
}
