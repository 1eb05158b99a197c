// What the filters of the webmail run by: the interpreter of the delivery, and the site's settings as they are now.
import type { SettingsReader } from '../../../mta/control/settings.ts';
import { spamOf, virusOf } from '../../../mta/local/mail-filters.ts';
import { compileScript } from '../../../mta/sieve/compile.ts';
import { runScript } from '../../../mta/sieve/run.ts';
import type { FilterLanguage } from './desk.ts';

export const createFilterLanguage = (settings: SettingsReader): FilterLanguage => ({
  check: (source, name) => compileScript(Buffer.from(source), { name }),
  run: runScript,
  spamOf,
  virusOf,
  isEnabled: async () => (await settings.read(['sieve'])).sieve === 1,
  mostScripts: async () => (await settings.read(['sievescripts'])).sievescripts,
});
