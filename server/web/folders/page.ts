// The pages about folders (webmail.md 1.11): all of them with what is shown and what is used for what, and one alone with
// what can be done to it. What was typed and refused comes back in the same form.
import type { Request, Response } from 'express';
import type { Folder, FolderRole, Mailbox } from '../../mailbox/types.ts';
import { orderedFolders } from '../shell/column.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, type Values } from '../shell/form.ts';
import { folderLabel, folderPath } from '../shell/frame.ts';
import { checkPath } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { dayChoices } from './days.ts';
import { splitFolderName } from './names.ts';

/** Roles that a person can give to a folder (O5). */
export const roles = ['drafts', 'sent', 'archive', 'junk', 'trash'] as const;
export type Role = (typeof roles)[number];

/** The page of a folder. */
export const folderHref = (name: string): string => `/folders/${encodeURIComponent(name)}`;

/** A form that was refused. */
export interface Refused {
  readonly form: 'create' | 'roles' | 'rename';
  readonly values: Values;
  readonly faults: readonly Fault[];
}

/** Folders that another can lie in: all but Inbox, which Maildir++ puts nothing below, and those in `without`. */
function parentChoices(
  web: WebParts,
  req: Request,
  folders: readonly Folder[],
  without?: string,
): readonly { readonly value: string; readonly label: string }[] {
  const { t } = web.shell.localsOf(req);
  const isWithin = (name: string): boolean => name === without || name.startsWith(`${without}.`);
  return [
    { value: '', label: t('folders.top') },
    ...orderedFolders(folders, t)
      .filter(({ folder }) => folder.role !== 'inbox' && folder.role !== 'trash' && !isWithin(folder.name))
      .map(({ folder, label }) => ({ value: folder.name, label })),
  ];
}

const formOfRefused = (refused: Refused | undefined, form: Refused['form'], values: Values) =>
  refused?.form === form ? formOf(refused.values, refused.faults) : formOf(values);

/** All folders. */
export async function renderFolders(
  web: WebParts,
  req: Request,
  res: Response,
  refused?: Refused,
): Promise<void> {
  const { t, formats } = web.shell.localsOf(req);
  const mailbox = await web.mailbox(req);
  const [folders, entries] = await Promise.all([mailbox.folders(), mailbox.uids.list()]);
  const existing = new Set(entries.map(({ folder }) => folder));
  const ordered = orderedFolders(folders, t);
  const choices = ordered
    .filter(({ folder }) => folder.role !== 'inbox' && existing.has(folder.name))
    .map(({ folder, label }) => ({ value: folder.name, label }));
  const playing = Object.fromEntries(
    roles.map((role) => {
      const found = folders.find((folder) => folder.role === role);
      return [role, found && existing.has(found.name) ? found.name : ''];
    }),
  );
  await web.render(req, res, {
    view: 'folders/page',
    title: t('folders.title'),
    folders,
    status: refused ? 422 : 200,
    pageClass: 'page-narrow page-settings',
    model: {
      create: formOfRefused(refused, 'create', {}),
      parents: parentChoices(web, req, folders),
      rows: ordered.map(({ folder, label }) => ({
        name: folder.name,
        label,
        href: folderHref(folder.name),
        total: formats.number(folder.total),
        unread: folder.unread === 0 ? '' : formats.number(folder.unread),
        isOwn: folder.role === 'folder',
        isShown: !folder.isHidden,
      })),
      roleForm: formOfRefused(refused, 'roles', playing),
      roleRows: roles.map((role) => ({
        role,
        label: t(`folder.${role}`),
        canBeNone: playing[role] === '',
        choices,
      })),
      saved: req.query.saved === '1',
    },
  });
}

/** What one folder's page and menu show. */
function folderModel(web: WebParts, req: Request, folder: Folder): Readonly<Record<string, unknown>> {
  const { t, here } = web.shell.localsOf(req);
  const own = folderHref(folder.name);
  return {
    name: folder.name,
    heading: folderLabel(folder, t),
    role: folder.role,
    isSpecial: folder.role !== 'folder',
    total: folder.total,
    unread: folder.unread,
    own,
    openHref: folderPath(folder.name),
    childHref: `/folders?in=${encodeURIComponent(folder.name)}#field-name`,
    canHoldFolders: folder.role !== 'inbox' && folder.role !== 'trash',
    canBeEmptied: folder.role === 'trash' || folder.role === 'junk',
    /** Where a menu comes back to: the page it was opened from. */
    back: checkPath(req.query.return, here),
  };
}

/** For how long Trash or Junk keeps mail, and what may be chosen. */
async function daysModel(web: WebParts, req: Request, role: 'trash' | 'junk') {
  const { t } = web.shell.localsOf(req);
  const { webcleandays: most } = await web.settings.read(['webcleandays']);
  const { cleanTrash, cleanJunk } = web.choices(req);
  const chosen = role === 'trash' ? cleanTrash : cleanJunk;
  const days = [...new Set([...dayChoices, chosen])].sort((a, b) => a - b);
  return {
    chosen,
    choices: days.map((value) => ({
      value,
      label: value === 0 ? t('folders.cleanNever') : t('folders.cleanDays', { n: value }),
    })),
    bound: most === 0 ? '' : t('folders.cleanBound', { n: most }),
  };
}

/** One folder; `menu`: only what the column's menu shows. */
export async function renderFolder(
  web: WebParts,
  req: Request,
  res: Response,
  folder: Folder,
  folders: readonly Folder[],
  refused?: Refused,
): Promise<void> {
  const { t } = web.shell.localsOf(req);
  const model = folderModel(web, req, folder);
  if (web.fragment(req) === 'menu') {
    res.type('html').send(await web.renderPart(req, 'folders/menu', model));
    return;
  }
  const { last, parent } = splitFolderName(folder.name);
  await web.render(req, res, {
    view: 'folders/folder',
    title: cleanLine(String(model.heading)),
    folder: folder.name,
    folders,
    status: refused ? 422 : 200,
    pageClass: 'page-narrow page-settings',
    model: {
      ...model,
      rename: formOfRefused(refused, 'rename', { name: last, parent }),
      parents: parentChoices(web, req, folders, folder.name),
      days:
        folder.role === 'trash' || folder.role === 'junk'
          ? await daysModel(web, req, folder.role)
          : undefined,
      saved: req.query.saved === '1',
      roleLabel: folder.role === 'folder' ? '' : t(`folder.${folder.role}`),
    },
  });
}

/** The folder of a name in an address, special ones also before they are made; undefined: there is none. */
export async function folderOf(
  mailbox: Mailbox,
  name: string,
): Promise<{ readonly folder: Folder; readonly folders: readonly Folder[] } | undefined> {
  // Listing the folders on disk brings the list up to date with what other programs made.
  await mailbox.uids.list();
  const folders = await mailbox.folders();
  const folder = folders.find((one) => one.name === name);
  return folder && { folder, folders };
}

/** The role that a folder plays, if a person can give it. */
export const roleOf = (role: FolderRole): Role | undefined => roles.find((one) => one === role);
