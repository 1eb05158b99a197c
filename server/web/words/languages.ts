// The languages the interface speaks, and which one a reader gets: the one chosen in the settings, else the one of this
// device, else what the browser asks for (RFC 9110 12.5.4, RFC 4647 3.4 lookup). A catalogue says which rooms it covers
// by its keys; pages of a room that it does not cover are English as a whole, never half and half.
import { de } from './de.ts';
import { fr } from './fr.ts';
import { type Catalogue, createLanguage, english, type Language } from './words.ts';

export interface SpokenLanguage extends Language {
  /** Its name in itself. */
  readonly name: string;
  readonly catalogue: Catalogue;
  /** Whether it has the words of the administration. */
  readonly administers: boolean;
}

const speak = (
  tag: string,
  name: string,
  catalogue: Catalogue,
  direction: 'ltr' | 'rtl' = 'ltr',
): SpokenLanguage => ({
  ...createLanguage(tag, catalogue, direction),
  name,
  catalogue,
  administers: tag === 'en' || Object.hasOwn(catalogue, 'admin.name'),
});

/** In the order of the menu. */
export const languages: readonly SpokenLanguage[] = [
  speak('en', 'English', {}),
  speak('fr', 'Français', fr),
  speak('de', 'Deutsch', de),
];

const byTag = new Map(languages.map((language) => [language.tag.toLowerCase(), language]));

export const findLanguage = (tag: string): SpokenLanguage | undefined => byTag.get(tag.toLowerCase());

/** Languages as they are asked for, though we call them otherwise. */
const alias: Readonly<Record<string, string>> = {
  pt: 'pt-BR',
  zh: 'zh-Hans',
  'zh-cn': 'zh-Hans',
  'zh-sg': 'zh-Hans',
  iw: 'he',
};

/** The best of ours for an Accept-Language field; undefined when it asks for none of them. */
export function negotiateLanguage(field: string | undefined): SpokenLanguage | undefined {
  const wanted = (field ?? '')
    .slice(0, 1000)
    .split(',')
    .slice(0, 50)
    .map((part, order) => {
      const [range = '', ...parameters] = part.trim().split(/\s*;\s*/);
      const weight = parameters.map((one) => /^q=([01](?:\.\d{0,3})?)$/i.exec(one)?.[1]).find(Boolean);
      return { range: range.toLowerCase(), weight: weight === undefined ? 1 : Number(weight), order };
    })
    .filter(({ range, weight }) => weight > 0 && /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/.test(range))
    .sort((a, b) => b.weight - a.weight || a.order - b.order);
  for (const { range } of wanted) {
    for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
      const found = findLanguage(alias[tag] ?? tag);
      if (found) return found;
    }
  }
  return undefined;
}

/** @param tags of the settings and of the device, the first that is one of ours counts */
export function chooseLanguage(tags: readonly string[], acceptLanguage: string | undefined): SpokenLanguage {
  for (const tag of tags) {
    const found = tag === '' ? undefined : findLanguage(tag);
    if (found) return found;
  }
  return (
    negotiateLanguage(acceptLanguage) ??
    findLanguage('en') ?? { ...english, name: 'English', catalogue: {}, administers: true }
  );
}
