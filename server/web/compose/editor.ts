// What the editor of letters with formatting asks for (spec/webmail.md 4.4):
//   GET  /compose/html      the letter as cleaned HTML: of a draft, or as it starts (`draft`, `seed`, `from`), as JSON
//   POST /compose/convert   text as HTML (`to=html`), or HTML as text and whether formatting is lost (`to=text`)
//   GET  /compose/file/<draft>/<file>  a picture that stands in the text; before the first save out of the other message
// The page itself never holds HTML of a letter: it is fetched, cleaned once more by the browser, and put in place.
import { readFile } from 'node:fs/promises';
import { Router } from 'express';
import { sniffType } from '../../message/sniff.ts';
import { oneValue } from '../shell/paths.ts';
import { type DraftSpool, isDraftId } from './drafts.ts';
import { type ComposeParts, takePosted, writingOf } from './posted.ts';
import { losesAsText, picturesOf, startHtml, textToHtml } from './quote-html.ts';
import { parseSeed } from './seed.ts';
import { startFrom } from './start.ts';
import { startParts, type Writing, wordsOf } from './writing.ts';

const pictureTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);

export function editorRoutes(parts: ComposeParts): Router {
  const router = Router();
  const { web, spool } = parts;

  router.get('/compose/html', web.signedIn, async (req, res) => {
    const writing = writingOf(parts, req, res, web.session(req).account);
    const id = oneValue(req.query.draft);
    const html = isDraftId(id) ? await readHtml(writing, id, oneValue(req.query.seed)) : undefined;
    if (html === undefined) res.status(404).json({ words: wordsOf(writing).t('error.noMessage') });
    else res.json({ html });
  });

  router.post('/compose/convert', web.sameOrigin, (req, res) =>
    takePosted(
      parts,
      req,
      res,
      async ({ writing, form, id }) => {
        const field = (name: string) => form.fields.get(name) ?? '';
        if (field('format') !== 'html') {
          res.json({ html: textToHtml(field('body').replace(/\r\n?/g, '\n')) });
          return;
        }
        const draft = await spool.read(writing.account.address, id);
        const pictures = picturesOf(id, draft?.attachments ?? []);
        const written = await web.reader.cleanWritten(field('html'), { pictures, use: 'mail' });
        if (written) res.json({ text: written.text, isLossy: losesAsText(written.html) });
        else res.status(422).json({ words: wordsOf(writing).t('compose.htmlUnread') });
      },
      ({ status, words }) => void res.status(status).json({ words }),
    ),
  );

  router.get('/compose/file/:draft/:file', web.signedIn, async (req, res) => {
    const writing = writingOf(parts, req, res, web.session(req).account);
    const { draft, file } = req.params as Record<'draft' | 'file', string>;
    const bytes = await readPicture(writing, spool, draft, file, oneValue(req.query.seed));
    const type = bytes && sniffType(bytes.subarray(0, 512));
    if (!bytes || !type || !pictureTypes.has(type)) return web.fail(req, res, 404, 'error.notFound');
    res.setHeader('Cache-Control', 'private, max-age=3600');
    res.type(type).send(bytes);
  });

  return router;
}

async function readHtml(writing: Writing, id: string, seedField: string): Promise<string | undefined> {
  const { web, spool, account } = writing;
  const draft = await spool.read(account.address, id);
  if (draft?.state === 'open') {
    if (draft.fields.html === '') return textToHtml(draft.fields.body);
    const pictures = picturesOf(id, draft.attachments);
    const written = await web.reader.cleanWritten(draft.fields.html, { pictures, use: 'editor' });
    return written?.html ?? textToHtml(draft.fields.body);
  }
  const starting = await startParts(writing);
  const seed = parseSeed(seedField);
  const start = seed && (await startFrom(seed, starting));
  if (seed && !start) return undefined;
  const from = oneValue(writing.req.query.from) || start?.fields.from || account.address;
  const identity = (await web.identities.find(account, from)) ?? (await web.identities.list(account))[0]!;
  return startHtml(seed, start, identity, starting, id);
}

/** The bytes of a picture of a draft, or of the message that the draft will begin with. */
async function readPicture(
  writing: Writing,
  spool: DraftSpool,
  id: string,
  file: string,
  seedField: string,
): Promise<Buffer | undefined> {
  const { account } = writing;
  const draft = await spool.read(account.address, id);
  const kept = draft?.attachments.find((one) => one.id === file && one.contentId !== undefined);
  if (draft && kept)
    return readFile(spool.attachmentPath(account.address, id, kept)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  const seed = draft ? undefined : parseSeed(seedField);
  if (!seed || !/^a[1-9]\d{0,3}$/.test(file)) return undefined;
  const parts = await startParts(writing);
  const message = await parts.mailbox.readMessage(seed.id, seed.folder);
  const one = message && (await parts.reader.view(message)).attachments;
  // In the order of start.ts: of a reply only the pictures in the text count.
  const listed = seed.kind.startsWith('reply') ? one?.filter(({ inline }) => inline) : one;
  const wanted = listed?.[Number(file.slice(1)) - 1];
  if (!message || !wanted?.inline) return undefined;
  return (await parts.reader.part(message, wanted.part))?.body;
}
