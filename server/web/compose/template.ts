// Templates in a letter (spec/webmail.md T4): begun with one (`?template=<k>`), one put below what was typed (the button
// `template=<k>`, for pages without script), or at the cursor by a script that asks for its text; and a letter kept as one.
// `{name}` is the first recipient's name, `{date}` today in the reader's language; other braces stay as they are.
import { Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { longestTemplate, type Template } from '../templates/store.ts';
import type { Draft, DraftFields } from './drafts.ts';
import { type ComposeParts, writingOf } from './posted.ts';
import { textToHtml } from './quote-html.ts';
import { parseRecipients } from './recipients.ts';
import { ownText } from './signature.ts';
import { timeOf, type Writing, wordsOf, zoneOf } from './writing.ts';

/** The text of a template for a letter to these people. */
function fillPlaces(text: string, writing: Writing, to: string): string {
  const { lang } = wordsOf(writing);
  const name = parseRecipients(to.slice(0, 10_000)).recipients[0]?.name ?? '';
  const date = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    dateStyle: 'long',
    timeZone: zoneOf(writing.req),
  }).format(timeOf(writing.web));
  return text.replace(/\{(name|date)\}/g, (_place, word: string) => (word === 'name' ? name : date));
}

const find = ({ web, account }: Writing, id: string): Template | undefined =>
  id === '' ? undefined : web.templates.find(account.address, id);

/** The fields of a new letter, begun with a template. */
export function startWithTemplate(writing: Writing, fields: DraftFields, id: string): DraftFields {
  const template = find(writing, id);
  if (!template) return fields;
  const body = fillPlaces(template.body, writing, fields.to);
  return {
    ...fields,
    subject: fields.subject || fillPlaces(template.subject, writing, fields.to),
    body: fields.body === '' ? `${body}\n` : `${fields.body}\n\n${body}\n`,
  };
}

/** Puts a template below what was typed, above signature and quote. */
export function insertTemplate(writing: Writing, draft: Draft, id: string): Draft {
  const template = find(writing, id);
  if (!template) return draft;
  const { fields } = draft;
  const text = fillPlaces(template.body, writing, fields.to);
  const own = ownText(fields.body);
  const before = own.trimEnd();
  return {
    ...draft,
    fields: {
      ...fields,
      subject: fields.subject || fillPlaces(template.subject, writing, fields.to),
      body: `${before === '' ? '' : `${before}\n\n`}${text}\n${fields.body.slice(own.length)}`,
      html: fields.html === '' ? '' : fields.html + textToHtml(text),
    },
  };
}

/** Keeps a letter as a template; gives the page where its name can be changed. */
export function keepTemplate(writing: Writing, draft: Draft): string {
  const { web, account } = writing;
  const { t } = wordsOf(writing);
  const { subject, body } = draft.fields;
  const id = web.templates.add(account.address, {
    name: cleanLine(subject, longestTemplate.name) || t('templates.unnamed'),
    subject: cleanLine(subject, longestTemplate.subject),
    body: ownText(body).trim().slice(0, longestTemplate.body),
  });
  return id === undefined ? '/settings/templates' : withField('/settings/templates', 'edit', id);
}

/** GET /compose/template?id=&to=: the text for a script that puts it in at the cursor. */
export function templateText(parts: ComposeParts): Router {
  const router = Router();
  const { web } = parts;
  router.get('/compose/template', web.signedIn, (req, res) => {
    const writing = writingOf(parts, req, res, web.session(req).account);
    const template = find(writing, oneValue(req.query.id));
    const to = oneValue(req.query.to);
    if (!template) return void res.status(404).json({ words: wordsOf(writing).t('templates.gone') });
    const body = fillPlaces(template.body, writing, to);
    res.json({ subject: fillPlaces(template.subject, writing, to), text: body, html: textToHtml(body) });
  });
  return router;
}
