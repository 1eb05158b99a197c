// The look of a domain (webmail.md N14): name, accent colours and logo, for the domain's administrators too.
//   GET, POST /admin/d/DOMAIN/look               name and colours; `preview` shows them, `save` makes them so
//   GET       /admin/d/DOMAIN/look/preview.css   the colours `accent` and `dark` on a sample of both themes
//   POST      /admin/d/DOMAIN/look/logo          a picture, multipart
//   POST      /admin/d/DOMAIN/look/logo/remove
//   POST      /admin/d/DOMAIN/look/usual         back to the usual look
import { type Request, type Response, Router } from 'express';
import { Conflict } from '../../../mta/accounts/administration.ts';
import {
  type Brand,
  measureLogo,
  mostBrandName,
  mostLogoBytes,
  mostLogoPoints,
} from '../../../mta/accounts/brand-file.ts';
import { readColour } from '../brand/contrast.ts';
import { findWeakness, leastForText, type Theme, writePreviewStyles } from '../brand/tokens.ts';
import { readForm } from '../contacts/multipart.ts';
import { cleanLine, isolate } from '../shell/foreign.ts';
import { conflictOf, type Fault, formOf, readValues, type Shown } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { Translate } from '../words/words.ts';
import { domainPath, withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const fields = ['version', 'name', 'accent', 'accentDark'] as const;
const usual: Brand = { name: '', accent: '', accentDark: '', logo: '' };
const colours = [
  { field: 'accent', theme: 'light', weak: 'look.weakLight' },
  { field: 'accentDark', theme: 'dark', weak: 'look.weakDark' },
] as const satisfies readonly { readonly field: keyof Brand; readonly theme: Theme; readonly weak: string }[];

/** The colours that were typed, and what is wrong with them. */
function readColours(
  values: Readonly<Record<'accent' | 'accentDark', string>>,
  t: Translate,
): { readonly found: Pick<Brand, 'accent' | 'accentDark'>; readonly faults: readonly Fault[] } {
  const found = { accent: '', accentDark: '' };
  const faults: Fault[] = [];
  for (const { field, theme, weak } of colours) {
    if (values[field].trim() === '') continue;
    const colour = readColour(values[field]);
    if (colour === undefined) {
      faults.push({ field, words: t('look.colour') });
      continue;
    }
    found[field] = colour;
    const weakness = findWeakness(colour, theme);
    if (weakness)
      faults.push({
        field,
        words: t(weak, { ratio: weakness.ratio, least: leastForText, shade: isolate(weakness.shade) }),
      });
  }
  return { found, faults };
}

export function lookRoom(admin: Admin): Router {
  const router = Router();
  const { administration, brands } = admin;
  const domainOf = (req: Request): string => oneValue(req.params.domain);

  const show = async (req: Request, res: Response, status: number, given: Shown = {}): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = domainOf(req);
    const { version, brand = usual } = await administration.brand(actor, domain);
    const stored = { version, name: brand.name, accent: brand.accent, accentDark: brand.accentDark };
    const values = { ...stored, ...given.values, ...(given.isConflict ? { version } : {}) };
    const text = (name: keyof typeof stored): string => oneValue(values[name]);
    const { found } = readColours({ accent: text('accent'), accentDark: text('accentDark') }, t);
    const base = domainPath(domain, '/look');
    await admin.show(req, res, {
      view: 'admin/look',
      title: t('look.title'),
      section: 'look',
      domain,
      status,
      model: {
        base,
        version,
        longestName: mostBrandName,
        isUsual: given.values === undefined && Object.values(brand).every((value) => value === ''),
        preview: withQuery(`${base}/preview.css`, { accent: found.accent, dark: found.accentDark }),
        sampleName: cleanLine(text('name'), mostBrandName) || t('app.name'),
        logo: brand.logo === '' ? undefined : (await brands.ofDomain(domain))?.logo,
        form: formOf(values, given.faults),
        conflict: conflictOf(
          given.isConflict,
          (['name', 'accent', 'accentDark'] as const).map((field) => ({
            label: t(`look.${field}`),
            theirs: stored[field],
            yours: text(field),
          })),
        ),
      },
    });
  };

  /** Stores a look made of the one that is there; answers itself when it was refused. */
  const store = async (
    req: Request,
    res: Response,
    version: string,
    values: Shown['values'] | undefined,
    make: (brand: Brand) => Brand | undefined,
    words: string,
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = domainOf(req);
    const shown = values ? { values } : {};
    try {
      const { brand = usual } = await administration.brand(actor, domain);
      await administration.setBrand(actor, domain, version, make(brand));
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { ...shown, isConflict: true });
      return show(req, res, 422, { ...shown, faults: faultsOf(error, [...fields, 'logo'], t) });
    }
    brands.forget();
    admin.done(req, res, domainPath(domain, '/look'), words);
  };

  router.get('/admin/d/:domain/look', (req, res) => show(req, res, 200));

  router.post('/admin/d/:domain/look', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const values = readValues(req.body, fields, 200);
    const { found, faults } = readColours(values, t);
    if (req.body?.preview !== undefined || faults.length > 0)
      return show(req, res, faults.length > 0 ? 422 : 200, { values, faults });
    const name = values.name.trim();
    await store(
      req,
      res,
      values.version,
      values,
      (brand) => ({ ...brand, ...found, name }),
      t('admin.saved'),
    );
  });

  router.get('/admin/d/:domain/look/preview.css', async (req, res) => {
    // Not there for those to whom the domain is not there.
    await administration.brand(admin.grant(req).actor, domainOf(req));
    const colour = (name: string): string => readColour(oneValue(req.query[name])) ?? '';
    res.type('text/css').send(writePreviewStyles(colour('accent'), colour('dark')));
  });

  router.post('/admin/d/:domain/look/logo', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    // Nothing is read for those to whom the domain is not there.
    await administration.brand(admin.grant(req).actor, domainOf(req));
    const form = await readForm(req, mostLogoBytes);
    if (!form) return admin.fail(req, res, 400, 'error.badRequest');
    if (!admin.checkCsrf(req, form.fields.csrf?.[0])) return admin.fail(req, res, 403, 'error.forbidden');
    const refuse = (words: string) => show(req, res, 422, { faults: [{ field: 'logo', words }] });
    if (!form.file) return refuse(t('admin.fileMissing'));
    if (form.isTooLarge) return refuse(t('look.tooLarge'));
    const measured = measureLogo(form.file.bytes);
    if (measured === undefined) return refuse(t('look.notPicture'));
    if (Math.max(measured.width, measured.height) > mostLogoPoints) return refuse(t('look.tooLarge'));
    const logo = form.file.bytes.toString('base64');
    await store(
      req,
      res,
      oneValue(form.fields.version),
      undefined,
      (brand) => ({ ...brand, logo }),
      t('admin.saved'),
    );
  });

  router.post('/admin/d/:domain/look/logo/remove', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const version = oneValue(req.body?.version);
    await store(req, res, version, undefined, (brand) => ({ ...brand, logo: '' }), t('admin.saved'));
  });

  router.post('/admin/d/:domain/look/usual', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const words = t('look.usualNow', { domain: isolate(domainOf(req)) });
    await store(req, res, oneValue(req.body?.version), undefined, () => undefined, words);
  });

  return router;
}
