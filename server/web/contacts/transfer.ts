// Contacts out and in as files (webmail.md K4). Routes:
//   GET  /contacts/transfer        the forms
//   GET  /contacts/export          format=vcf|csv, group or id: a download
//   POST /contacts/import          file (multipart): read, and shown before anything is added
//   GET  /contacts/import/<file>   what would come of it; fields= what the columns of a table hold
//   POST /contacts/import/<file>   with do=count the page again, else a job with a report
// Between the look and the answer the file waits in the uploads of the state directory, for half an hour and as one of an
// account; a restart of the role asks for it once more.
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { type CardField, cardFields } from '../../message/card-table.ts';
import { contentDisposition } from '../../message/names.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf } from '../shell/form.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { uploadDirectory } from '../transfer/upload.ts';
import type { WebParts } from '../web.ts';
import { cardName } from './cards.ts';
import { importCards, readImport, sortImport, unreadableWords } from './import.ts';
import { leavingCards, leavingTable } from './leaving.ts';
import { columnModel, contactsFrame, ownerOf } from './model.ts';
import { readForm } from './multipart.ts';

const mostBytes = 20_000_000;
const keptMs = 30 * 60_000;
/** Columns that are shown to be told apart. */
const mostShown = 60;

interface Waiting {
  readonly owner: string;
  readonly path: string;
  readonly until: number;
}

export function contactTransferRoutes(web: WebParts): Router {
  const router = Router();
  const { contacts } = web;
  const owner = (req: Request): string => ownerOf(web.session(req));
  const waiting = new Map<string, Waiting>();

  /** Takes away the files that nobody came back for, and the account's last one when a new one comes. */
  const forget = async (isOver: (kept: Waiting) => boolean): Promise<void> => {
    for (const [id, kept] of waiting)
      if (isOver(kept) || kept.until < web.clock()) {
        waiting.delete(id);
        await rm(kept.path, { force: true });
      }
  };
  const find = (req: Request): Waiting | undefined => {
    const kept = waiting.get(oneValue(req.params.file));
    return kept?.owner === owner(req) && kept.until >= web.clock() ? kept : undefined;
  };

  const show = async (
    req: Request,
    res: Response,
    faults: readonly Fault[] = [],
    status = 200,
  ): Promise<void> => {
    const { t, formats } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'contacts/transfer',
      title: t('contacts.transfer'),
      status,
      pageClass: 'page-contacts page-contact-form',
      frame: contactsFrame(t),
      model: {
        column: columnModel(contacts, owner(req), ':transfer', t),
        form: formOf({}, faults),
        groups: contacts.groups(owner(req)).map(({ id, name }) => ({ id, name: cleanLine(name) })),
        total: contacts.count(owner(req)),
        size: formats.size(mostBytes),
      },
    });
  };
  router.get('/contacts/transfer', web.signedIn, (req, res) => show(req, res));

  router.get('/contacts/export', web.signedIn, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const isTable = oneValue(req.query.format) === 'csv';
    const id = oneValue(req.query.id);
    const one = id === '' ? undefined : contacts.find(owner(req), id);
    if (id !== '' && !one) return web.fail(req, res, 404, 'contacts.gone');
    const wanted = oneValue(req.query.group);
    const group = contacts.groups(owner(req)).find((known) => known.id === wanted);
    if (wanted !== '' && !group) return web.fail(req, res, 404, 'contacts.groupGone');
    const name = one
      ? cleanLine(cardName(one), 100)
      : `${group ? cleanLine(group.name) : t('contacts.title')} ${formats.iso(web.clock()).slice(0, 10)}`;
    setHeaders(res, fileHeaders);
    res.setHeader('Content-Type', isTable ? 'text/csv; charset=utf-8' : 'text/vcard; charset=utf-8');
    res.setHeader(
      'Content-Disposition',
      contentDisposition('attachment', `${name}.${isTable ? 'csv' : 'vcf'}`),
    );
    res.status(200);
    const pieces = isTable
      ? leavingTable(contacts, owner(req), group?.id)
      : leavingCards(contacts, owner(req), one ?? group?.id);
    for (const piece of pieces) {
      if (res.destroyed) return;
      if (!res.write(piece))
        await new Promise((resolve) => void res.once('drain', resolve).once('close', resolve));
    }
    res.end();
  });

  router.post('/contacts/import', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const read = await readForm(req, mostBytes);
    if (!read || !web.checkCsrf(req, read.fields.csrf?.[0]))
      return web.fail(req, res, 403, 'error.forbidden');
    const refuse = (words: string, status = 422) => show(req, res, [{ field: 'file', words }], status);
    if (read.isTooLarge) return refuse(t('contacts.fileTooLarge', { size: formats.size(mostBytes) }), 413);
    if (!read.file) return refuse(t('transfer.noFile'));
    const found = await readImport(web.reader, read.file.bytes);
    if (!found || (found.cards.length === 0 && !found.columns?.length)) return refuse(t('contacts.badFile'));
    await forget((kept) => kept.owner === owner(req));
    const id = randomBytes(12).toString('base64url');
    const path = join(uploadDirectory(web.home.state), `contacts-${id}`);
    try {
      await writeFile(path, read.file.bytes, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      await rm(path, { force: true });
      if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return refuse(t('transfer.noRoom'), 507);
    }
    waiting.set(id, { owner: owner(req), path, until: web.clock() + keptMs });
    res.redirect(303, `/contacts/import/${id}`);
  });

  /** What a form or an address says of the columns; undefined: nothing. */
  const fieldsOf = (value: unknown): readonly string[] | undefined => {
    const told = oneValue(value);
    return told === '' ? undefined : told.slice(0, 4000).split('.');
  };
  const gone = (req: Request, res: Response): Promise<void> =>
    show(req, res, [{ field: 'file', words: web.words(req)('contacts.importGone') }], 404);

  router.get('/contacts/import/:file', web.signedIn, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const kept = find(req);
    const file = kept && (await readFile(kept.path));
    const found = file && (await readImport(web.reader, file, fieldsOf(req.query.fields)));
    if (!found) return gone(req, res);
    const { fresh, known } = sortImport(contacts, owner(req), found.cards);
    const fieldWords: Readonly<Record<CardField, string>> = {
      name: t('contacts.name'),
      given: t('contacts.given'),
      family: t('contacts.family'),
      email: t('contacts.addresses'),
      phone: t('contacts.phones'),
      organisation: t('contacts.organisation'),
      birthday: t('contacts.birthday'),
      note: t('contacts.note'),
      group: t('contacts.inGroups'),
    };
    await web.render(req, res, {
      view: 'contacts/import',
      title: t('contacts.import'),
      pageClass: 'page-contacts page-contact-form',
      frame: contactsFrame(t),
      model: {
        column: columnModel(contacts, owner(req), ':transfer', t),
        action: `/contacts/import/${oneValue(req.params.file)}`,
        fresh: fresh.length,
        known,
        unreadable: unreadableWords(found.problems, t, formats),
        isCut: found.isCut,
        mostCards: found.cards.length + found.problems.length,
        examples: fresh.slice(0, 5).map(({ name, emails, phones, organisation }) => ({
          name: cleanLine(name || organisation || emails[0]?.value || phones[0]?.value || ''),
          under: cleanLine(emails[0]?.value ?? phones[0]?.value ?? '', 320),
        })),
        tableColumns: found.columns?.slice(0, mostShown).map(({ head, example, field }, at) => ({
          name: cleanLine(head, 100) || formats.number(at + 1),
          example: cleanLine(example, 100),
          field,
        })),
        choices: [
          { value: '', words: t('contacts.leaveOut') },
          ...cardFields.map((value) => ({ value, words: fieldWords[value] })),
        ],
      },
    });
  });

  router.post('/contacts/import/:file', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const kept = find(req);
    if (!kept) return gone(req, res);
    const told = allValues(req.body?.field).slice(0, mostShown);
    const fields = told.map((one) => (cardFields.some((field) => field === one) ? one : '')).join('.');
    const here = `/contacts/import/${oneValue(req.params.file)}`;
    if (oneValue(req.body?.do) === 'count') return res.redirect(303, `${here}?fields=${fields}`);
    const file = await readFile(kept.path);
    const address = owner(req);
    const id = web.jobs.start(address, t('contacts.importing'), async (job) => {
      const found = await readImport(web.reader, file, told.length === 0 ? undefined : fields.split('.'));
      if (!found) throw new Error('contacts that were read before cannot be read again');
      return importCards(contacts, address, found, job, t, formats);
    });
    if (id === undefined) return show(req, res, [{ field: 'file', words: t('folders.busy') }], 429);
    await forget((other) => other === kept);
    res.redirect(303, `/jobs/${id}`);
  });
  return router;
}
