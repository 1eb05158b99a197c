// Templates in the settings (spec/webmail.md T4):
//   GET  /settings/templates              all of them, and a form for a new one
//   GET  /settings/templates?edit=<id>    the form of one
//   POST /settings/templates              saves one (`id`, '' for a new one)
//   POST /settings/templates/remove       takes one away; can be undone
// They are put into a letter by the compose room (server/web/compose/template.ts).
import { type Request, type Response, Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { longestTemplate, mostTemplates, type Template } from './store.ts';

const page = '/settings/templates';

export function templateRoutes(web: WebParts): Router {
  const router = Router();

  const show = async (
    req: Request,
    res: Response,
    status: number,
    id: string,
    given: { readonly values?: Values; readonly faults?: readonly Fault[] } = {},
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    const edited = id === '' ? undefined : web.templates.find(address, id);
    if (id !== '' && !edited) return web.fail(req, res, 404, 'error.notFound');
    const stored: Values = edited ? { name: edited.name, subject: edited.subject, body: edited.body } : {};
    await web.render(req, res, {
      view: 'templates/page',
      title: t('templates.title'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        edited: edited?.id ?? '',
        templates: web.templates.list(address).map((one) => ({
          id: one.id,
          name: cleanLine(one.name),
          subject: cleanLine(one.subject, 80),
          href: withField(page, 'edit', one.id),
          use: withField('/compose', 'template', one.id),
        })),
        form: formOf({ ...stored, ...given.values }, given.faults),
      },
    });
  };

  web.undoWith('template', async (req, payload) => {
    const { template } = payload as { readonly template: Template };
    web.templates.restore(web.session(req).account.address, template);
  });

  router.get(page, web.signedIn, (req, res) => show(req, res, 200, oneValue(req.query.edit)));

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    const id = oneValue(req.body?.id);
    const values = readValues(req.body, ['name', 'subject', 'body'], longestTemplate.body + 1);
    const template = {
      name: cleanLine(values.name, longestTemplate.name),
      subject: cleanLine(values.subject, longestTemplate.subject),
      body: values.body.toWellFormed().replace(/\r\n?/g, '\n').trimEnd(),
    };
    const faults: Fault[] = [];
    if (template.name === '') faults.push({ field: 'name', words: t('templates.noName') });
    if (template.body.length > longestTemplate.body)
      faults.push({ field: 'body', words: t('templates.tooLong') });
    if (faults.length > 0) return show(req, res, 422, id, { values, faults });
    const isSaved =
      id === ''
        ? web.templates.add(address, template) !== undefined
        : web.templates.change(address, { ...template, id });
    if (!isSaved) {
      const words = t(id === '' ? 'templates.tooMany' : 'templates.gone', { n: mostTemplates });
      return show(req, res, 422, '', { values, faults: [{ field: '', words }] });
    }
    res.redirect(303, withField(page, 'u', web.rememberUndo(req, t('settings.saved'), undefined)));
  });

  router.post(`${page}/remove`, web.signedIn, web.sameOrigin, (req, res) => {
    const { t } = web.shell.localsOf(req);
    const template = web.templates.remove(web.session(req).account.address, oneValue(req.body?.id));
    const undo = template && { kind: 'template', template };
    res.redirect(303, withField(page, 'u', web.rememberUndo(req, t('templates.removed'), undo)));
  });

  return router;
}
