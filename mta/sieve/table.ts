// All commands and tests of the language, by name: what the files of commands/ offer, gathered once.
import { answers } from './commands/answers.ts';
import { base } from './commands/base.ts';
import { body } from './commands/body.ts';
import { dates } from './commands/dates.ts';
import { editHeader } from './commands/edit-header.ts';
import { environment } from './commands/environment.ts';
import { filing } from './commands/filing.ts';
import { flags } from './commands/flags.ts';
import { headers } from './commands/headers.ts';
import { include } from './commands/include.ts';
import { mailboxes } from './commands/mailboxes.ts';
import { notify } from './commands/notify.ts';
import { parts } from './commands/parts.ts';
import { variables } from './commands/variables.ts';
import type { Extension } from './definitions.ts';
import type { Definitions } from './language/checking.ts';

const extensions: readonly Extension[] = [
  base,
  headers,
  filing,
  flags,
  answers,
  variables,
  body,
  dates,
  editHeader,
  include,
  parts,
  mailboxes,
  notify,
  environment,
];

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((each) => [each.name, each]));

export const definitions: Definitions = {
  commands: byName(extensions.flatMap(({ commands }) => commands ?? [])),
  tests: byName(extensions.flatMap(({ tests }) => tests ?? [])),
};
