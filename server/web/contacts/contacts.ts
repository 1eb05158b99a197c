// The contact pages (webmail.md 1.10 K1, K2, K7). Routes:
//   GET  /contacts                 the list; ?list=recent or a group, ?q=, ?after= ?before=
//   GET  /contacts/new             the form, filled with ?name= ?address=; POST adds
//   GET  /contacts/<k>             a card beside the list
//   GET  /contacts/<k>/edit        the form; POST saves
//   POST /contacts/<k>/remove      GET /contacts/<k>/picture
//   POST /contacts/act             remove, join=<group>, leave on ticked contacts
//   POST /contacts/recent          add=<address> or forget=<address>
// Groups are in group-pages.ts, files in transfer.ts. An id of somebody else's is answered as one that is not there.
import express, { type Request, type Response, type Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { type Form, formOf } from '../shell/form.ts';
import { allValues, checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { type ContactsAddress, contactsPath, noList, readContactsAddress } from './address.ts';
import {
  type CardForm,
  cardOfForm,
  emptyForm,
  formOfContact,
  labels,
  mostLines,
  readCardForm,
} from './card-form.ts';
import { groupRoutes, isGroupName } from './group-pages.ts';
import { foldGroupName } from './groups.ts';
import {
  cardModel,
  columnModel,
  contactIdOf,
  contactsFrame,
  labelWords,
  listModel,
  ownerOf,
  pageSize,
  recentModel,
} from './model.ts';
import { readForm } from './multipart.ts';
import { mostPictureBytes, readPicture, sendContactPicture } from './picture.ts';
import { contactTransferRoutes } from './transfer.ts';
import { type Card, type Contact, mostContacts, type Picture, type RememberedUse } from './types.ts';

export function contactRoutes(web: WebParts): Router {
  const router = express.Router();
  const { contacts } = web;
  const owner = (req: Request): string => ownerOf(web.session(req));

  router.get('/contacts', web.signedIn, (req, res) => showList(web, req, res, undefined));
  router.get('/contacts/new', web.signedIn, (req, res) => {
    const value = oneValue(req.query.address).slice(0, 320);
    const name = cleanLine(oneValue(req.query.name).slice(0, 1000), 200);
    return showForm(web, req, res, 200, undefined, {
      ...emptyForm,
      name: name === value ? '' : name,
      emails: value === '' ? [] : [{ value, label: '' }],
      groups: allValues(req.query.group).slice(0, 1),
    });
  });
  router.post('/contacts/new', web.signedIn, web.sameOrigin, (req, res) =>
    takeForm(web, req, res, undefined),
  );
  router.use(groupRoutes(web));
  router.use(contactTransferRoutes(web));

  router.post('/contacts/act', web.signedIn, web.sameOrigin, (req, res) => actOnTicked(web, req, res));
  router.post('/contacts/recent', web.signedIn, web.sameOrigin, (req, res) => actOnRecent(web, req, res));

  const found = (
    answer: (req: Request, res: Response, contact: Contact) => unknown,
  ): express.RequestHandler => {
    return async (req, res) => {
      const contact = contacts.find(owner(req), contactIdOf(req));
      if (!contact) return web.fail(req, res, 404, 'contacts.gone');
      await answer(req, res, contact);
    };
  };
  router.get(
    '/contacts/:id',
    web.signedIn,
    found((req, res, contact) => showList(web, req, res, contact)),
  );
  router.get(
    '/contacts/:id/edit',
    web.signedIn,
    found((req, res, contact) => showForm(web, req, res, 200, contact, formOfContact(contact))),
  );
  router.post(
    '/contacts/:id/edit',
    web.signedIn,
    web.sameOrigin,
    found((req, res, contact) => takeForm(web, req, res, contact)),
  );
  router.get('/contacts/:id/picture', web.signedIn, (req, res) => {
    const picture = contacts.pictureOf(owner(req), contactIdOf(req));
    if (!picture) return web.fail(req, res, 404, 'contacts.gone');
    sendContactPicture(req, res, picture);
  });
  router.post('/contacts/:id/remove', web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const contact = contacts.find(owner(req), contactIdOf(req));
    if (!contact) return web.fail(req, res, 404, 'contacts.gone');
    contacts.remove(owner(req), [contact.id]);
    const words = t('contacts.removed', { name: cleanLine(contact.name || contact.emails[0]?.value || '') });
    const op = web.rememberUndo(req, words.trim(), { kind: 'contacts', ids: [contact.id] });
    web.goBack(res, withField(checkPath(oneValue(req.body?.return), '/contacts'), 'u', op), '/contacts');
  });

  web.undoWith('contacts', async (req, payload) => {
    contacts.restore(owner(req), (payload as { readonly ids: readonly string[] }).ids);
  });
  web.undoWith('contacts-recent', async (req, payload) => {
    const { uses, ids } = payload as {
      readonly uses: readonly RememberedUse[];
      readonly ids: readonly string[];
    };
    contacts.remember(owner(req), uses);
    contacts.remove(owner(req), ids);
  });
  return router;
}

/** The list, with a card beside it on wide screens and in its place on narrow ones. */
async function showList(
  web: WebParts,
  req: Request,
  res: Response,
  contact: Contact | undefined,
): Promise<void> {
  const { t, lang, formats, now } = web.shell.localsOf(req);
  const { contacts } = web;
  const owner = ownerOf(web.session(req));
  const address = readContactsAddress(req.query);
  const groups = contacts.groups(owner);
  const isRecent = address.list === 'recent';
  const group = isRecent ? undefined : groups.find(({ id }) => id === address.list);
  if (address.list !== '' && !isRecent && !group) return web.fail(req, res, 404, 'contacts.groupGone');
  const page = contacts.list(owner, {
    search: address.search,
    group: group?.id,
    after: address.after || undefined,
    before: address.before || undefined,
    limit: pageSize,
  });
  const heading = isRecent ? t('contacts.recent') : group ? cleanLine(group.name) : t('contacts.all');
  await web.render(req, res, {
    view: isRecent && !contact ? 'contacts/recent' : 'contacts/page',
    title: contact ? cleanLine(contact.name || contact.emails[0]?.value || '') || heading : heading,
    pageClass: `page-contacts${contact ? ' has-card' : ''}`,
    frame: contactsFrame(t),
    model: {
      column: columnModel(contacts, owner, address.list, t),
      heading,
      address,
      group,
      groups: groups.map(({ id, name }) => ({ id, name: cleanLine(name) })),
      list: listModel(page, address, contact?.id),
      card: contact && cardModel(contact, contacts, owner, address, { t, lang }),
      people: isRecent ? recentModel(contacts.recent(owner, 500), formats, now) : [],
      clearHref: contactsPath('/contacts', address, { search: '', after: '', before: '' }),
      newHref: group ? `/contacts/new?group=${group.id}` : '/contacts/new',
      groupWriteHref: group ? groupWriteHref(web, owner, group.name) : '',
    },
  });
}

function groupWriteHref(web: WebParts, owner: string, name: string): string {
  const members = web.contacts.groupMembers(owner, name) ?? [];
  return members.length === 0 ? '' : `/compose?${new URLSearchParams({ to: cleanLine(name, 100) })}`;
}

interface FormState {
  readonly form?: Form;
  /** The card was saved elsewhere since. */
  readonly isStale?: boolean;
}

async function showForm(
  web: WebParts,
  req: Request,
  res: Response,
  status: number,
  contact: Contact | undefined,
  values: CardForm,
  { form = formOf({}), isStale = false }: FormState = {},
): Promise<void> {
  const { t, lang } = web.shell.localsOf(req);
  const owner = ownerOf(web.session(req));
  const address = readContactsAddress(req.query);
  const known =
    contact || values.emails.length === 0
      ? undefined
      : web.contacts.findByAddress(owner, values.emails[0]?.value ?? '');
  const months = new Intl.DateTimeFormat(lang, { month: 'long', timeZone: 'UTC' });
  const choicesOf = (label: string) =>
    [...new Set([...labels, label])].map((value) => ({
      value,
      words: value === '' ? t('contacts.label.none') : labelWords(value, t),
    }));
  await web.render(req, res, {
    view: 'contacts/form',
    title: t(contact ? 'contacts.edit' : 'contacts.new'),
    status,
    pageClass: 'page-contacts page-contact-form',
    frame: contactsFrame(t),
    model: {
      column: columnModel(web.contacts, owner, undefined, t),
      form,
      values,
      isStale,
      contact: contact && cardModel(contact, web.contacts, owner, address, { t, lang }),
      known: known && { name: cleanLine(known.name), href: `/contacts/${known.id}` },
      emails: [...values.emails, ...(values.emails.length < mostLines ? [{ value: '', label: '' }] : [])].map(
        (line) => ({ ...line, choices: choicesOf(line.label) }),
      ),
      phones: [...values.phones, ...(values.phones.length < mostLines ? [{ value: '', label: '' }] : [])].map(
        (line) => ({ ...line, choices: choicesOf(line.label) }),
      ),
      months: Array.from({ length: 12 }, (_, at) => months.format(new Date(Date.UTC(2000, at, 1)))),
      groups: web.contacts.groups(owner).map(({ id, name }) => ({ id, name: cleanLine(name) })),
      action: contactsPath(contact ? `/contacts/${contact.id}/edit` : '/contacts/new', address),
      backHref: contact
        ? contactsPath(`/contacts/${contact.id}`, address)
        : checkPath(oneValue(req.query.return), contactsPath('/contacts', address)),
      returnTo: checkPath(oneValue(req.query.return), ''),
      mostPicture: mostPictureBytes,
    },
  });
}

async function takeForm(
  web: WebParts,
  req: Request,
  res: Response,
  contact: Contact | undefined,
): Promise<void> {
  const { t, formats } = web.shell.localsOf(req);
  const owner = ownerOf(web.session(req));
  const read = await readForm(req, mostPictureBytes);
  if (!read || !web.checkCsrf(req, read.fields.csrf?.[0])) return web.fail(req, res, 403, 'error.forbidden');
  const values = readCardForm(read.fields);
  const { card, faults: found } = cardOfForm(values, contact, t);
  const faults = [...found];
  const more = read.fields.more?.[0];
  if (more !== undefined) {
    const line = { value: '', label: '' };
    return showForm(web, req, res, 200, contact, {
      ...values,
      ...(more === 'phone' ? { phones: [...values.phones, line] } : { emails: [...values.emails, line] }),
    });
  }
  let picture: Picture | null | undefined = values.removesPicture ? null : undefined;
  if (read.file) {
    picture = read.isTooLarge ? undefined : readPicture(read.file.bytes);
    if (!picture)
      faults.push({
        field: 'picture',
        words: t('contacts.badPicture', { size: formats.size(mostPictureBytes) }),
      });
  }
  const again = (status: number, state: FormState): Promise<void> =>
    showForm(web, req, res, status, contact, values, state);
  const newGroup = cleanLine(values.newGroup, 100);
  if (newGroup !== '' && !isGroupName(newGroup))
    faults.push({ field: 'new-group', words: t('contacts.badGroupName') });
  if (faults.length > 0) return again(422, { form: formOf({}, faults) });
  const saved = contact
    ? web.contacts.save(owner, contact.id, card, Number(values.seen), picture)
    : web.contacts.add(owner, card, picture ?? undefined);
  if (!saved.ok) {
    if (saved.reason === 'gone') return web.fail(req, res, 404, 'contacts.gone');
    if (saved.reason === 'full')
      return again(422, {
        form: formOf({}, [{ field: '', words: t('contacts.full', { n: mostContacts }) }]),
      });
    const latest = web.contacts.find(owner, contact?.id ?? '');
    return showForm(
      web,
      req,
      res,
      409,
      latest,
      { ...values, seen: String(latest?.changedAt ?? '') },
      { isStale: true },
    );
  }
  const groups = [...values.groups];
  if (newGroup !== '') groups.push(groupNamed(web, owner, newGroup));
  web.contacts.setGroups(owner, saved.contact.id, groups);
  const op = web.rememberUndo(
    req,
    t(contact ? 'contacts.saved' : 'contacts.added'),
    contact ? undefined : { kind: 'contacts-recent', uses: [], ids: [saved.contact.id] },
  );
  const fallback = contactsPath(`/contacts/${saved.contact.id}`, readContactsAddress(req.query));
  web.goBack(res, withField(checkPath(read.fields.return?.[0], fallback), 'u', op), fallback);
}

/** The group of a name, made when there is none. */
function groupNamed(web: WebParts, owner: string, name: string): string {
  const made = web.contacts.addGroup(owner, name);
  if (made) return made.id;
  const folded = foldGroupName(name);
  return web.contacts.groups(owner).find((group) => foldGroupName(group.name) === folded)?.id ?? '';
}

async function actOnTicked(web: WebParts, req: Request, res: Response): Promise<void> {
  const { t } = web.shell.localsOf(req);
  const { contacts } = web;
  const owner = ownerOf(web.session(req));
  const ids = allValues(req.body?.id).slice(0, 500);
  const back = checkPath(oneValue(req.body?.return), '/contacts');
  const leave = (words: string, undo: unknown): void =>
    web.goBack(res, withField(back, 'u', web.rememberUndo(req, words, undo)), '/contacts');
  const action = oneValue(req.body?.action);
  if (ids.length === 0) return web.goBack(res, withField(back, 'u', 'none'), '/contacts');
  if (action === 'remove') {
    const gone = contacts.remove(owner, ids);
    return leave(t('contacts.removedSome', { n: gone.length }), { kind: 'contacts', ids: gone });
  }
  const group = contacts.groups(owner).find(({ id }) => id === oneValue(req.body?.group));
  if (!group || (action !== 'join' && action !== 'leave')) return web.fail(req, res, 422, 'contacts.noGroup');
  const changed = ids.flatMap((id) => {
    const contact = contacts.find(owner, id);
    return contact && contact.groups.includes(group.id) !== (action === 'join') ? [contact] : [];
  });
  for (const { id, groups } of changed)
    contacts.setGroups(
      owner,
      id,
      action === 'join' ? [...groups, group.id] : groups.filter((one) => one !== group.id),
    );
  leave(
    t(action === 'join' ? 'contacts.joined' : 'contacts.left', {
      n: changed.length,
      group: cleanLine(group.name),
    }),
    {
      kind: 'contacts-groups',
      places: changed.map(({ id, groups }) => ({ id, groups })),
    },
  );
}

async function actOnRecent(web: WebParts, req: Request, res: Response): Promise<void> {
  const { t } = web.shell.localsOf(req);
  const { contacts } = web;
  const owner = ownerOf(web.session(req));
  const adds = oneValue(req.body?.add);
  const forgets = oneValue(req.body?.forget);
  const back = contactsPath('/contacts', noList, { list: 'recent' } satisfies Partial<ContactsAddress>);
  const person = contacts
    .recent(owner, Number.MAX_SAFE_INTEGER)
    .find(({ address }) => address === (adds || forgets));
  if (!person) return web.goBack(res, withField(back, 'u', 'none'), back);
  const name = cleanLine(person.name || person.address);
  if (adds !== '') {
    const card: Card = {
      name: cleanLine(person.name),
      emails: [{ value: person.address, label: '' }],
      phones: [],
      organisation: '',
      note: '',
      birthday: '',
      extra: [],
    };
    const saved = contacts.add(owner, card);
    if (!saved.ok) return web.fail(req, res, 422, t('contacts.full', { n: mostContacts }));
    const op = web.rememberUndo(req, t('contacts.promoted', { name }), {
      kind: 'contacts-recent',
      uses: [],
      ids: [saved.contact.id],
    });
    return web.goBack(res, withField(back, 'u', op), back);
  }
  const uses = contacts.forget(owner, [person.address]);
  const op = web.rememberUndo(req, t('contacts.forgotten', { name }), {
    kind: 'contacts-recent',
    uses,
    ids: [],
  });
  web.goBack(res, withField(back, 'u', op), back);
}
