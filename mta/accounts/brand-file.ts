// How the webmail of a domain looks (webmail.md N14): its name, accent colours and logo, in DOMAINDIRECTORY/.facteur-brand.
// One file of JSON in ASCII, so that it is changed in one step, goes wherever the domain's directory goes and ends with it,
// whichever program removes the domain. Without the file the domain has the usual look. What does not fit is refused here,
// also when it was written by hand; whether a colour can be read is the webmail's to say. Pure.
import { type MeasuredPicture, measurePicture } from '../formats/picture-size.ts';

export interface Brand {
  /** What stands beside the logo and in titles; '' for the usual name. */
  readonly name: string;
  /** `#rrggbb`, lower case; '' for the usual ones. */
  readonly accent: string;
  /** The same for the dark theme; '' for one that is made of `accent`. */
  readonly accentDark: string;
  /** base64 of a PNG, JPEG or WebP picture; '' for the usual mark. */
  readonly logo: string;
}

export const brandFileName = '.facteur-brand';
/** Characters of a name. */
export const mostBrandName = 40;
/** Bytes and points a side of a logo. */
export const mostLogoBytes = 65_536;
export const mostLogoPoints = 512;
/** Bytes of the file. */
export const mostBrandFile = 131_072;

export type BrandField = keyof Brand;

/** Why a field is refused: stable names. */
export type BrandFault = 'characters' | 'too-long' | 'colour' | 'picture' | 'too-large';

/** The logo's type and size; undefined: no picture that a page may show as a logo. */
export function measureLogo(bytes: Buffer): MeasuredPicture | undefined {
  const measured = measurePicture(bytes);
  return measured === undefined || measured.type === 'image/gif' ? undefined : measured;
}

/** The first field that is not right; undefined: the brand can be stored. */
export function findBrandFault(
  brand: Brand,
): { readonly field: BrandField; readonly fault: BrandFault } | undefined {
  const { name, logo } = brand;
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return { field: 'name', fault: 'characters' };
  if (name.length > mostBrandName) return { field: 'name', fault: 'too-long' };
  for (const field of ['accent', 'accentDark'] as const)
    if (!/^(#[0-9a-f]{6})?$/.test(brand[field])) return { field, fault: 'colour' };
  if (logo === '') return undefined;
  const bytes = Buffer.from(logo, 'base64');
  if (bytes.toString('base64') !== logo) return { field: 'logo', fault: 'picture' };
  if (bytes.length > mostLogoBytes) return { field: 'logo', fault: 'too-large' };
  const measured = measureLogo(bytes);
  if (measured === undefined) return { field: 'logo', fault: 'picture' };
  const isLarge = Math.max(measured.width, measured.height) > mostLogoPoints;
  return isLarge ? { field: 'logo', fault: 'too-large' } : undefined;
}

/** Nothing of its own: no file is needed for it. */
export const isUsualLook = (brand: Brand): boolean => Object.values(brand).every((value) => value === '');

/** @param text of {@link formatBrand}, or by hand; undefined when it is no brand that could be stored */
export function parseBrand(text: string): Brand | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const fields = given as Readonly<Record<string, unknown>>;
  const [name, accent, accentDark, logo] = ['name', 'accent', 'accentDark', 'logo'].map((field) =>
    fields[field] === undefined ? '' : fields[field],
  );
  if (
    typeof name !== 'string' ||
    typeof accent !== 'string' ||
    typeof accentDark !== 'string' ||
    typeof logo !== 'string'
  )
    return undefined;
  const brand = { name, accent: accent.toLowerCase(), accentDark: accentDark.toLowerCase(), logo };
  return findBrandFault(brand) === undefined ? brand : undefined;
}

/** The text of the file. */
export const formatBrand = ({ name, accent, accentDark, logo }: Brand): string =>
  `${JSON.stringify({ version: 1, name, accent, accentDark, logo }, null, 1)}\n`.replace(
    /[^\n\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
