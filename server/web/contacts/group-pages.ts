// Groups of contacts (webmail.md K3). Routes:
//   GET  /contacts/groups/new      POST adds
//   GET  /contacts/groups/<g>      the form for its name; POST renames, with `remove` takes the group away
// A removed group comes back by Undo with its members; the contacts themselves are never touched.
import express, { type Request, type Response, type Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { formOf } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { contactsPath, noList } from './address.ts';
import { longestGroupName } from './groups.ts';
import { columnModel, contactIdOf, contactsFrame, ownerOf } from './model.ts';
import { type Group, mostGroups, type RemovedGroup } from './types.ts';

/** A group's name can be typed as a recipient, so it holds nothing that ends or is an address. */
export const isGroupName = (name: string): boolean => name !== '' && !/[,;:<>@"()[\]\\]/.test(name);

const groupPath = (id: string): string => contactsPath('/contacts', noList, { list: id });

export function groupRoutes(web: WebParts): Router {
  const router = express.Router();
  const { contacts } = web;
  const owner = (req: Request): string => ownerOf(web.session(req));
  const groupOf = (req: Request): Group | undefined =>
    contacts.groups(owner(req)).find(({ id }) => id === contactIdOf(req));

  const show = (
    req: Request,
    res: Response,
    status: number,
    group: Group | undefined,
    name: string,
    fault = '',
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    return web.render(req, res, {
      view: 'contacts/group',
      title: group ? cleanLine(group.name) : t('contacts.newGroup'),
      status,
      pageClass: 'page-contacts page-contact-form',
      frame: contactsFrame(t),
      model: {
        column: columnModel(contacts, owner(req), group?.id ?? ':group', t),
        group: group && { id: group.id, name: cleanLine(group.name), size: group.size },
        form: formOf({ name }, fault === '' ? [] : [{ field: 'name', words: fault }]),
        longest: longestGroupName,
        backHref: group ? groupPath(group.id) : '/contacts',
      },
    });
  };
  const nameOf = (req: Request): string =>
    cleanLine(oneValue(req.body?.name).slice(0, 1000), longestGroupName);

  router.get('/contacts/groups/new', web.signedIn, (req, res) => show(req, res, 200, undefined, ''));
  router.post('/contacts/groups/new', web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const name = nameOf(req);
    if (!isGroupName(name)) return show(req, res, 422, undefined, name, t('contacts.badGroupName'));
    if (contacts.groups(owner(req)).length >= mostGroups)
      return show(req, res, 422, undefined, name, t('contacts.tooManyGroups', { n: mostGroups }));
    const made = contacts.addGroup(owner(req), name);
    if (!made) return show(req, res, 422, undefined, name, t('contacts.sameGroup'));
    const op = web.rememberUndo(req, t('contacts.groupMade'), undefined);
    web.goBack(res, withField(groupPath(made.id), 'u', op), '/contacts');
  });

  router.get('/contacts/groups/:id', web.signedIn, (req, res) => {
    const group = groupOf(req);
    return group ? show(req, res, 200, group, group.name) : web.fail(req, res, 404, 'contacts.groupGone');
  });
  router.post('/contacts/groups/:id', web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const group = groupOf(req);
    if (!group) return web.fail(req, res, 404, 'contacts.groupGone');
    if (oneValue(req.body?.remove) !== '') {
      const removed = contacts.removeGroup(owner(req), group.id);
      const op = web.rememberUndo(req, t('contacts.groupRemoved', { name: cleanLine(group.name) }), {
        kind: 'contacts-group',
        removed,
      });
      return web.goBack(res, withField('/contacts', 'u', op), '/contacts');
    }
    const name = nameOf(req);
    if (!isGroupName(name)) return show(req, res, 422, group, name, t('contacts.badGroupName'));
    if (!contacts.renameGroup(owner(req), group.id, name))
      return show(req, res, 422, group, name, t('contacts.sameGroup'));
    const op = web.rememberUndo(req, t('contacts.saved'), undefined);
    web.goBack(res, withField(groupPath(group.id), 'u', op), '/contacts');
  });

  web.undoWith('contacts-group', async (req, payload) => {
    contacts.restoreGroup(owner(req), (payload as { readonly removed: RemovedGroup }).removed);
  });
  web.undoWith('contacts-groups', async (req, payload) => {
    const { places } = payload as { readonly places: readonly { id: string; groups: readonly string[] }[] };
    for (const { id, groups } of places) contacts.setGroups(owner(req), id, groups);
  });
  return router;
}
