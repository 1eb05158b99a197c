// Where a message or conversation stands: the list that its address says it was opened from (list/address.ts writes it),
// its neighbours there, and what is shown after it was moved away (webmail.md V14, M10). Pure but for the neighbours.
import type { Request } from 'express';
import type { Folder, FoundInList, ListQuery, Mailbox } from '../../mailbox/types.ts';
import { showsThreads } from '../list/address.ts';
import { folderPath, specialRole } from '../shell/frame.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { readingFields } from './reading.ts';

/** On a page of its own, beside the list in the request's address, or within its conversation. */
export type Place = 'page' | 'pane' | Within;

/** A message among others of its conversation: links and forms lead back to that. */
export interface Within {
  readonly here: string;
  readonly listHref: string;
  /** As read for the conversation: once for all its messages. */
  readonly folders: readonly Folder[];
}

export interface Way {
  /** This page without its toast: for `return`. */
  readonly here: string;
  readonly listHref: string;
  /** '' when there is none. */
  readonly older: string;
  readonly newer: string;
  /** Where archiving, deleting and moving lead. */
  readonly next: string;
}

/** The path of the list that the address of a message names. */
const listPathOf = (req: Request, folder: string): string => {
  const list = oneValue(req.query.list);
  return list === 'starred' ? '/v/starred' : list === 'search' ? '/search' : folderPath(folder);
};

/** The list whose neighbours are asked for. */
export function listQueryOf(web: Web, req: Request, folder: string, place: 'page' | 'pane'): ListQuery {
  const field = (name: string) => oneValue(req.query[name]);
  const oneOf = <Value extends string>(values: readonly Value[], text: string) =>
    values.find((one) => one === text);
  // In the pane the path of the request is the list's own.
  const path = place === 'pane' ? req.path : listPathOf(req, folder);
  const everywhere = path === '/v/starred' || path === '/search';
  const sort = oneOf(['from', 'subject', 'size'], field('sort'));
  const view = oneOf(['threads', 'messages'], field('view')) ?? '';
  const state = { path, folder: everywhere ? undefined : folder, view, sort: sort ?? 'date' } as const;
  return {
    folder: state.folder,
    filter: path === '/v/starred' ? 'starred' : oneOf(['unread', 'starred', 'attach'], field('filter')),
    sort,
    direction: oneOf(['asc', 'desc'], field('dir')),
    search: path === '/search' ? field('q').slice(0, 1000) || undefined : undefined,
    conversations: showsThreads(state, everywhere ? undefined : specialRole(folder), web.choices(req)),
    limit: 1,
  };
}

/** The list that a page leads back to. */
function listHrefOf(req: Request, folder: string): string {
  const fields = new URLSearchParams();
  const take = (name: string, as = name) => {
    const value = oneValue(req.query[name]);
    if (value !== '') fields.set(as, value.slice(0, 1000));
  };
  if (oneValue(req.query.list) === 'search') take('q');
  for (const name of ['view', 'filter', 'sort', 'dir']) take(name);
  const path = listPathOf(req, folder);
  const text = fields.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Is this a person looking, and no program that fetches ahead? Only looking marks as read (webmail.md V4). */
export const isLooking = (req: Request): boolean =>
  req.method === 'GET' &&
  !/prefetch/i.test(
    `${req.headers['sec-purpose'] ?? ''} ${req.headers.purpose ?? ''} ${req.headers['x-moz'] ?? ''}`,
  );

/** Fields of an address that belong to what it shows now, and not to its neighbours. */
const ownFields = [...readingFields, 'u', 'open', 'before'];

/**
 * @param base '/m' or '/c': which kind of page it is
 * @param known its neighbours in the list of `listQueryOf`, when they were asked for already
 */
export async function wayOf(
  web: Web,
  req: Request,
  mailbox: Mailbox,
  message: { readonly id: string; readonly folder: string },
  place: Place,
  base: '/m' | '/c' = '/m',
  known?: FoundInList['neighbours'],
): Promise<Way> {
  if (typeof place !== 'string') return { ...place, older: '', newer: '', next: place.here };
  const { id, folder } = message;
  const query = listQueryOf(web, req, folder, place);
  const neighbours = known ?? (await mailbox.neighbours(id, query));
  const own = `${base}/${id}`;
  const here = (place === 'pane' ? req.originalUrl : `${own}${queryOf(req)}`)
    .replace(/([?&])u=[^&]*&?/, '$1')
    .replace(/[?&]$/, '');
  const listHref = place === 'pane' ? withField(here, 'open', undefined) : listHrefOf(req, folder);
  const hrefOf = (other: string | undefined): string => {
    if (other === undefined) return '';
    // How this one is read says nothing about the next.
    const from = place === 'pane' ? listHref : here;
    const bare = ownFields.reduce(
      (path, name) => (place === 'pane' && name === 'before' ? path : withField(path, name, undefined)),
      from,
    );
    if (place === 'pane') return withField(bare, 'open', other);
    const to = query.conversations ? '/c' : '/m';
    return `${bare.replace(own, `${to}/${other}`)}${query.conversations ? '#start' : ''}`;
  };
  const older = hrefOf(neighbours.older);
  const newer = hrefOf(neighbours.newer);
  const { afterAction } = web.choices(req);
  const next = afterAction === 'list' ? '' : afterAction === 'newer' ? newer || older : older || newer;
  return { here, listHref, older, newer, next: next || listHref };
}

/** The query of the request as it was given, `?` included. */
function queryOf(req: Request): string {
  const at = req.originalUrl.indexOf('?');
  return at < 0 ? '' : req.originalUrl.slice(at);
}
