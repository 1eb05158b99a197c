// The fields of an action, read strictly: from the form of a list, a button of one row (`one=star:<id>`, or
// `one=star:<id>:thread` for the conversation that holds it), or the address of the question page, which carries the same
// fields.

import type { Filter } from '../list/address.ts';
import { filters, isMessageId } from '../list/address.ts';
import { allValues, checkPath, oneValue } from '../shell/paths.ts';

export const actionNames = [
  'archive',
  'trash',
  'delete',
  'junk',
  'notjunk',
  'move',
  'copy',
  'read',
  'unread',
  'star',
  'unstar',
  'label',
  'unlabel',
  'snooze',
  'unsnooze',
  'forward',
  'download',
] as const;
export type ActionName = (typeof actionNames)[number];

export interface ActionRequest {
  readonly action: ActionName;
  readonly ids: readonly string[];
  /** Each stands for its whole conversation, as far as it is in `folder`. */
  readonly threads: readonly string[];
  /** The folder the list shows; undefined: several. */
  readonly folder: string | undefined;
  /** Set when all messages of a list are meant, not only ticked ones. */
  readonly scope:
    | {
        readonly q: string;
        readonly filter: Filter;
        readonly upto: number;
        readonly expect: number;
        /** The list is one of conversations: what a filter leaves is meant whole. */
        readonly conversations: boolean;
      }
    | undefined;
  /** Folder for `move` and `copy`. */
  readonly to: string;
  /** IMAP keywords of the ticked labels, for `label` and `unlabel`. */
  readonly labels: readonly string[];
  /** The labels that were offered with their state: those of them not ticked are taken off. */
  readonly offered: readonly string[];
  /** For `snooze`: a preset, or `at` with `date` and `time` as the fields of a form give them. */
  readonly when: string;
  readonly date: string;
  readonly time: string;
  /** Checked path to come back to, without a toast. */
  readonly back: string;
  /** The question was answered. */
  readonly confirmed: boolean;
  /** The same request as a query string, for the question page. */
  readonly fields: string;
}

const mostIds = 1000;
const mostLabels = 200;
/** The open message stays open after these: `stay` says where it is. */
const staying: ReadonlySet<string> = new Set(['label', 'unlabel', 'copy']);

/** Reads an action; undefined when the action is not known or its numbers are no numbers. */
export function readActionRequest(
  body: Readonly<Record<string, unknown>> | undefined,
): ActionRequest | undefined {
  if (!body) return undefined;
  const [oneAction = '', oneId = '', oneKind = ''] = oneValue(body.one).split(':', 3);
  // A button has one value: `snooze:tomorrow`.
  const [wanted = '', when = ''] = (oneAction || oneValue(body.action)).split(':', 2);
  const action = actionNames.find((name) => name === wanted);
  if (!action) return undefined;
  const one = (kind: string): readonly string[] => (oneKind === kind ? [oneId] : []);
  const read = (values: readonly string[]): readonly string[] =>
    [...new Set(values)].filter(isMessageId).slice(0, mostIds);
  const ids = read(oneAction === '' ? allValues(body.id) : one(''));
  const threads = read(oneAction === '' ? allValues(body.thread) : one('thread'));
  const isScope = oneAction === '' && oneValue(body.scope) === 'query';
  const upto = Number(oneValue(body.upto));
  const expect = Number(oneValue(body.expect));
  if (isScope && !(Number.isSafeInteger(upto) && upto > 0 && Number.isSafeInteger(expect) && expect >= 0))
    return undefined;
  const folder = oneValue(body.folder).slice(0, 255) || undefined;
  const scope = isScope
    ? {
        q: oneValue(body.q).slice(0, 1000),
        filter: filters.find((name) => name === oneValue(body.filter)) ?? 'all',
        upto,
        expect,
        conversations: oneValue(body.kind) === 'threads',
      }
    : undefined;
  const to = oneValue(body.to).slice(0, 255);
  const after = staying.has(action) && oneValue(body.stay) !== '' ? body.stay : body.return;
  const back = checkPath(oneValue(after), '/f/INBOX');
  const keywords = (value: unknown): string[] =>
    [...new Set(allValues(value))].filter((name) => name !== '' && name.length <= 255).slice(0, mostLabels);
  const labels = keywords(body.label);
  const offered = keywords(body.offered);
  const date = oneValue(body.date).slice(0, 10);
  const time = oneValue(body.time).slice(0, 8);
  const fields = new URLSearchParams({ action: when === '' ? action : `${action}:${when}`, return: back });
  for (const label of labels) fields.append('label', label);
  for (const label of offered) fields.append('offered', label);
  if (when === 'at') {
    fields.set('date', date);
    fields.set('time', time);
  }
  if (folder !== undefined) fields.set('folder', folder);
  if (to !== '') fields.set('to', to);
  if (scope) {
    fields.set('scope', 'query');
    fields.set('q', scope.q);
    fields.set('filter', scope.filter);
    fields.set('upto', String(upto));
    fields.set('expect', String(expect));
    if (scope.conversations) fields.set('kind', 'threads');
  } else {
    for (const id of ids) fields.append('id', id);
    for (const id of threads) fields.append('thread', id);
  }
  return {
    action,
    ids,
    threads,
    folder,
    scope,
    to,
    labels,
    offered,
    when,
    date,
    time,
    back,
    confirmed: oneValue(body.confirm) === '1',
    fields: fields.toString(),
  };
}
