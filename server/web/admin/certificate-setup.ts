// Having certificates fetched (RFC 8555), by a form: the authority, a mail address for it, the names, a customer's keys where it
// asks for some, and its terms, which are shown before anything is asked of it. What is typed are the settings acme, acmecontact,
// acmenames, acmedomains and acmeeab; acme comes last, so that nothing is fetched by halves.
//   GET, POST /admin/certificates/setup   `terms` are those that were shown, `agree` is the consent to them
//   POST      /admin/certificates/stop
import { type Request, type Response, Router } from 'express';
import { Conflict } from '../../../mta/accounts/administration.ts';
import type { AcmeDirectory } from '../../../mta/acme/client.ts';
import { AcmeProblem } from '../../../mta/acme/problem.ts';
import {
  readAcmeContact,
  readAcmeDirectory,
  readAcmeNames,
  readExternalAccount,
} from '../../../mta/acme/settings.ts';
import { ControlError, type ControlFile } from '../../../mta/control/reading.ts';
import { cleanLine } from '../shell/foreign.ts';
import { conflictOf, type Fault, formOf, readValues, type Shown } from '../shell/form.ts';
import { faultsOf, sentence } from '../shell/refused.ts';
import type { Translate } from '../words/words.ts';
import type { Admin } from './types.ts';

const usualDirectory = 'https://acme-v02.api.letsencrypt.org/directory';
const trialDirectory = 'https://acme-staging-v02.api.letsencrypt.org/directory';

/** The settings in the order in which they are stored. */
const settings = ['acmecontact', 'acmenames', 'acmedomains', 'acmeeab', 'acme'] as const;
type SettingName = (typeof settings)[number];
const versionOf = (name: SettingName) => `version-${name}` as const;
const fields = [
  'directory',
  'contact',
  'names',
  'pages',
  'keyId',
  'key',
  'terms',
  'agree',
  ...settings.map(versionOf),
] as const;

/** Kinds of problems that have words of their own; what the authority said stands beside them. */
const meanings = {
  badCSR: 'garbage',
  caa: 'caa',
  connection: 'connection',
  dns: 'dns',
  externalAccountRequired: 'externalAccountRequired',
  garbage: 'garbage',
  hook: 'hook',
  incorrectResponse: 'unauthorized',
  invalidContact: 'invalidContact',
  noProof: 'noProof',
  rateLimited: 'rateLimited',
  rejectedIdentifier: 'rejectedIdentifier',
  serverInternal: 'garbage',
  slow: 'slow',
  tls: 'tls',
  unauthorized: 'unauthorized',
  unreachable: 'unreachable',
  unsupportedContact: 'invalidContact',
  userActionRequired: 'userActionRequired',
} as const;

/** What a problem is, for people; '' when only its own words can say it. */
export const problemWords = (kind: string, t: Translate): string =>
  Object.hasOwn(meanings, kind) ? t(`acme.fault.${meanings[kind as keyof typeof meanings]}`) : '';

/** Lines without the blanks around them, and without empty ones. */
const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const fileOf = (lines: readonly string[]): string | undefined =>
  lines.length === 0 ? undefined : lines.map((line) => `${line}\n`).join('');

export function certificateSetupRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  const path = '/admin/certificates/setup';

  const readStored = async (req: Request) => {
    const { actor } = admin.system(req);
    const all = await Promise.all(
      settings.map(async (name) => [name, await administration.setting(actor, name)] as const),
    );
    return new Map(all);
  };
  type Stored = Awaited<ReturnType<typeof readStored>>;
  const textOf = (stored: Stored, name: SettingName): string => stored.get(name)?.text.trim() ?? '';

  const readMe = async (): Promise<string> => (await admin.settings.read(['me'])).me.toLowerCase();

  const show = async (
    req: Request,
    res: Response,
    status: number,
    given: Shown & { readonly terms?: string | undefined },
  ): Promise<void> => {
    const { address } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const [stored, me] = await Promise.all([readStored(req), readMe()]);
    const versions = Object.fromEntries(
      settings.map((name) => [versionOf(name), stored.get(name)?.version ?? '']),
    );
    const isOn = textOf(stored, 'acme') !== '';
    const values = given.values ?? {
      ...versions,
      directory: textOf(stored, 'acme') || usualDirectory,
      contact: linesOf(textOf(stored, 'acmecontact')).join(' ') || (isOn ? '' : address),
      names: textOf(stored, 'acmenames') || me,
      pages: textOf(stored, 'acmedomains') === '0' ? '' : '1',
    };
    const faults = given.faults ?? [];
    await admin.show(req, res, {
      view: 'admin/certificate-setup',
      title: t('acme.title'),
      section: 'certificates',
      status,
      model: {
        form: formOf(given.isConflict ? { ...values, ...versions } : values, faults),
        versions: Object.keys(versions),
        conflict: conflictOf(given.isConflict, []),
        isOn,
        me,
        trialDirectory,
        terms: given.terms ?? '',
        hasKey: stored.get('acmeeab')?.isSet === true,
        opensKeys: faults.some(({ field }) => field === 'keyId' || field === 'key'),
      },
    });
  };

  router.get(path, (req, res) => show(req, res, 200, {}));

  router.post(path, async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { renewals } = admin;
    const values = readValues(req.body, fields, 10_000);
    const stored = await readStored(req);
    const faults: Fault[] = [];
    const me = await readMe();
    const check = <T>(field: string, text: string | undefined, read: (file: ControlFile) => T): void => {
      try {
        read({ path: '', text, me });
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        faults.push({ field, words: sentence(t('acme.expected', { what: error.expected })) });
      }
    };
    const directory = values.directory.trim();
    const contact = fileOf(values.contact.split(/[\s,;]+/).filter((each) => each !== ''));
    const names = linesOf(values.names.replaceAll(',', ' '));
    const keys = [values.keyId, values.key].map((each) => each.trim()).filter((each) => each !== '');
    if (directory === '') faults.push({ field: 'directory', words: t('acme.noDirectory') });
    else check('directory', `${directory}\n`, readAcmeDirectory);
    check('contact', contact, readAcmeContact);
    check('names', fileOf(names), readAcmeNames);
    if (keys.length === 1) faults.push({ field: 'key', words: t('acme.bothKeys') });
    else if (keys.length === 2) check('key', `${keys.join(' ')}\n`, readExternalAccount);
    if (faults.length > 0) return show(req, res, 422, { values, faults });

    // What holds already was agreed to when it was switched on.
    let terms: string | undefined;
    if (textOf(stored, 'acme') !== directory) {
      let found: AcmeDirectory | undefined;
      try {
        found = await renewals?.ask(directory);
      } catch (error) {
        if (!(error instanceof AcmeProblem)) throw error;
        const words = `${t('acme.unanswered')} ${cleanLine(error.message, 300)}`;
        return show(req, res, 422, { values, faults: [{ field: 'directory', words: sentence(words) }] });
      }
      terms = found?.terms;
      const hasKeys = keys.length === 2 || stored.get('acmeeab')?.isSet === true;
      if (found?.needsExternalAccount && !hasKeys)
        return show(req, res, 422, {
          values,
          faults: [{ field: 'keyId', words: t('acme.fault.externalAccountRequired') }],
        });
      if (terms !== undefined && (values.terms !== terms || values.agree === '')) {
        const isAsked = values.terms === terms;
        return show(req, res, isAsked ? 422 : 200, {
          values: { ...values, agree: '' },
          terms,
          faults: isAsked ? [{ field: 'agree', words: t('acme.agreeFirst') }] : [],
        });
      }
    }

    const texts: Readonly<Record<SettingName, string | undefined>> = {
      acmecontact: contact,
      acmenames: names.length === 1 && names[0]?.toLowerCase() === me ? undefined : fileOf(names),
      acmedomains: values.pages === '' ? '0\n' : undefined,
      acmeeab: keys.length === 2 ? `${keys.join(' ')}\n` : undefined,
      acme: `${directory}\n`,
    };
    const fieldOf = {
      acmecontact: 'contact',
      acmenames: 'names',
      acmeeab: 'key',
      acme: 'directory',
    } as const;
    for (const name of settings) {
      const before = stored.get(name);
      const isSame =
        name === 'acmeeab' ? keys.length === 0 : before?.isSet ? before.text === texts[name] : !texts[name];
      if (isSame) continue;
      try {
        await administration.changeSetting(actor, name, values[versionOf(name)], texts[name]);
      } catch (error) {
        if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true, terms });
        const field = name === 'acmedomains' ? '' : fieldOf[name];
        const refused = faultsOf(error, ['text'], t).map(({ words }) => ({ field, words }));
        // What was stored before it goes on from there.
        const now = await readStored(req);
        const versions = Object.fromEntries(
          settings.map((each) => [versionOf(each), now.get(each)?.version ?? '']),
        );
        return show(req, res, 422, { values: { ...values, ...versions }, faults: refused, terms });
      }
    }
    void renewals?.look();
    admin.done(req, res, '/admin/certificates', t('acme.saved'));
  });

  router.post('/admin/certificates/stop', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { version, isSet } = await administration.setting(actor, 'acme');
    if (isSet) await administration.changeSetting(actor, 'acme', version, undefined);
    admin.done(req, res, '/admin/certificates', t('acme.stopped'));
  });

  return router;
}
