// Identities (spec/webmail.md T2, T3, T5): how a person writes under each of their addresses.
//   GET  /settings/identities               all addresses; with one only, its form
//   GET  /settings/identities?edit=<address>  the form of one
//   POST /settings/identities               saves it (`address`, always one of one's own, else 422)
//   POST /settings/identities/add           an address of a catch-all (`local`, `pattern`)
//   POST /settings/identities/forget        what was kept about an address
// Which addresses there are is not chosen here: own.ts asks the accounts.
import { type Request, type Response, Router } from 'express';
import { parseRecipients } from '../compose/recipients.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';
import { mostIdentities } from './store.ts';

const fields = [
  'name',
  'replyTo',
  'bcc',
  'organisation',
  'signature',
  'signatureHtml',
  'sentFolder',
  'isDefault',
] as const;
type FieldValues = Readonly<Record<(typeof fields)[number], string>>;

const longest = { name: 200, list: 2000, signature: 10_000, signatureHtml: 50_000 } as const;

export function identityRoutes(web: WebParts): Router {
  const router = Router();
  const page = '/settings/identities';

  const show = async (
    req: Request,
    res: Response,
    status: number,
    edit: string,
    given: { readonly values?: Values; readonly faults?: readonly Fault[] } = {},
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const [all, patterns] = await Promise.all([
      web.identities.list(account),
      web.identities.patterns(account),
    ]);
    const wanted = edit === '' && all.length === 1 && patterns.length === 0 ? all[0]!.address : edit;
    const edited = wanted === '' ? undefined : all.find((one) => one.address === wanted.toLowerCase());
    if (edit !== '' && !edited && status === 200) return web.fail(req, res, 404, 'error.notFound');
    const folders = (await (await web.mailbox(req)).folders())
      .filter((folder) => folder.role === 'folder' || folder.role === 'sent' || folder.role === 'archive')
      .map((folder) => folder.name);
    const stored: Values = edited
      ? {
          name: edited.name,
          replyTo: edited.replyTo,
          bcc: edited.bcc,
          organisation: edited.organisation,
          signature: edited.signature,
          signatureHtml: edited.signatureHtml,
          sentFolder: edited.sentFolder,
          isDefault: edited.isDefault ? '1' : '',
        }
      : {};
    await web.render(req, res, {
      view: 'identities/page',
      title: t('identities.title'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        edited,
        isOnly: all.length === 1,
        identities: all.map((one) => ({
          address: one.address,
          name: cleanLine(one.name),
          isDefault: one.isDefault,
          isKept: one.isKept && one.address !== account.address,
          signature: cleanLine(one.signature, 80),
          href: withField(page, 'edit', one.address),
        })),
        patterns: patterns.map((pattern) => ({
          pattern,
          before: pattern.slice(0, pattern.indexOf('*')),
          after: pattern.slice(pattern.indexOf('*') + 1),
        })),
        folders,
        form: formOf({ ...stored, ...given.values }, given.faults),
      },
    });
  };

  const done = (req: Request, res: Response, words: string, back = page): void => {
    res.redirect(303, withField(back, 'u', web.rememberUndo(req, words, undefined)));
  };

  router.get(page, web.signedIn, (req, res) => show(req, res, 200, oneValue(req.query.edit)));

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const values = readValues(req.body, fields, longest.signatureHtml);
    const address = oneValue(req.body?.address).toLowerCase();
    const identity = await web.identities.find(account, address);
    if (!identity)
      return show(req, res, 422, '', { faults: [{ field: '', words: t('identities.foreign') }] });
    const faults = [...faultsOf(values, t)];
    const html =
      values.signatureHtml.trim() === ''
        ? { html: '' }
        : await web.reader.cleanWritten(values.signatureHtml, { pictures: [], use: 'mail' });
    if (!html) faults.push({ field: 'signatureHtml', words: t('identities.signatureUnread') });
    if (values.sentFolder !== '') {
      const folders = await (await web.mailbox(req)).folders();
      if (!folders.some((folder) => folder.name === values.sentFolder))
        faults.push({ field: 'sentFolder', words: t('error.noFolder') });
    }
    if (faults.length > 0 || !html) return show(req, res, 422, address, { values, faults });
    web.identities.store.save(account.address, {
      address,
      name: cleanLine(values.name, longest.name),
      replyTo: values.replyTo.trim(),
      bcc: values.bcc.trim(),
      organisation: cleanLine(values.organisation),
      signature: cleanSignature(values.signature),
      signatureHtml: html.html,
      sentFolder: values.sentFolder,
      isDefault: values.isDefault === '1' || (identity.isDefault && values.isDefault !== '0'),
    });
    done(req, res, t('settings.saved'));
  });

  router.post(`${page}/add`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const values = readValues(req.body, ['local', 'pattern'], 300);
    const local = values.local.trim().toLowerCase();
    const patterns = await web.identities.patterns(account);
    const address = values.pattern.replace('*', local);
    const isGood = patterns.includes(values.pattern) && /^[a-z0-9][a-z0-9.+_-]{0,60}$/.test(local);
    const identity = isGood ? await web.identities.find(account, address) : undefined;
    const refuse = (words: string) =>
      show(req, res, 422, '', { values, faults: [{ field: 'local', words }] });
    if (!identity) return refuse(t('identities.notFree'));
    if (web.identities.store.list(account.address).length >= mostIdentities)
      return refuse(t('identities.tooMany'));
    web.identities.store.save(account.address, { ...identity, address, isDefault: false });
    res.redirect(303, withField(page, 'edit', address));
  });

  router.post(`${page}/forget`, web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    web.identities.store.remove(account.address, oneValue(req.body?.address).toLowerCase());
    done(req, res, t('identities.forgotten'));
  });

  return router;
}

/** Line ends of every kind are LF, controls go, blanks at the end too. */
const cleanSignature = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    .trimEnd();

function* faultsOf(values: FieldValues, t: Translate): Generator<Fault> {
  if (values.signature.length > longest.signature)
    yield { field: 'signature', words: t('identities.signatureLong') };
  for (const field of ['replyTo', 'bcc'] as const) {
    const typed = values[field];
    const parsed = parseRecipients(typed.slice(0, longest.list + 1));
    if (typed.length > longest.list || parsed.recipients.length > 20)
      yield { field, words: t('identities.listLong') };
    else
      for (const fault of parsed.faults)
        yield { field, words: t('compose.notAddress', { text: fault.text }) };
  }
}
