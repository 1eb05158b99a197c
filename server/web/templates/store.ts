// Templates (spec/webmail.md T4): a name, a subject and a text that somebody writes again and again, in the state database.
import { randomBytes } from 'node:crypto';
import type { StateDatabase } from '../state/database.ts';
import { createFew } from '../state/few.ts';

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
  readonly body: string;
}

export const mostTemplates = 200;
export const longestTemplate = { name: 100, subject: 900, body: 100_000 } as const;

export interface TemplateStore {
  /** By name. */
  list(account: string): readonly Template[];
  find(account: string, id: string): Template | undefined;
  /** Gives the id; undefined: there are too many. */
  add(account: string, template: Omit<Template, 'id'>): string | undefined;
  /** False: it is not there any more. */
  change(account: string, template: Template): boolean;
  remove(account: string, id: string): Template | undefined;
  /** Puts a removed one back. */
  restore(account: string, template: Template): void;
}

export function openTemplates(database: StateDatabase): TemplateStore {
  database.exec(`create table if not exists web_templates (account text not null, id text not null, name text not null,
    subject text not null, body text not null, primary key (account, id)) without rowid`);
  const columns = 'id, name, subject, body';
  const select = database.prepare<[string], Template>(
    `select ${columns} from web_templates where account = ? order by name collate nocase, id limit ${mostTemplates}`,
  );
  const selectOne = database.prepare<[string, string], Template>(
    `select ${columns} from web_templates where account = ? and id = ?`,
  );
  const count = database.prepare<[string], { n: number }>(
    'select count(*) as n from web_templates where account = ?',
  );
  const insert = database.prepare('insert or replace into web_templates values (?, ?, ?, ?, ?)');
  const update = database.prepare(
    'update web_templates set name = ?, subject = ?, body = ? where account = ? and id = ?',
  );
  const remove = database.prepare('delete from web_templates where account = ? and id = ?');
  const { hasSome, gets } = createFew(database, 'web_templates', 'account');
  const put = (account: string, { id, name, subject, body }: Template): void => {
    gets(account);
    insert.run(account, id, name, subject, body);
  };
  return {
    list: (account) => (hasSome(account) ? select.all(account) : []),
    find: (account, id) => selectOne.get(account, id),
    add(account, template) {
      if ((count.get(account)?.n ?? 0) >= mostTemplates) return undefined;
      const id = randomBytes(9).toString('base64url');
      put(account, { ...template, id });
      return id;
    },
    change: (account, { id, name, subject, body }) =>
      update.run(name, subject, body, account, id).changes > 0,
    remove(account, id) {
      const found = selectOne.get(account, id);
      if (found) remove.run(account, id);
      return found;
    },
    restore: put,
  };
}
