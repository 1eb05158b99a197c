// The languages the interface speaks, and which one a reader gets: the one chosen in the settings, else the one of this
// device, else what the browser asks for (RFC 9110 12.5.4, RFC 4647 3.4 lookup). A catalogue is read when somebody speaks
// its language for the first time: fourteen of them are ten megabytes.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { type Catalogue, createLanguage, type Language } from './words.ts';

export interface SpokenLanguage extends Language {
  /** Its name in itself. */
  readonly name: string;
  readonly catalogue: Catalogue;
}

const require = createRequire(import.meta.url);

/** A catalogue's file beside this one exports it under the name of the file. */
const read = (file: string): Catalogue =>
  (require(`./${file}${extname(import.meta.filename)}`) as Readonly<Record<string, Catalogue>>)[file] ?? {};

function speak(tag: string, name: string, file: string, direction: 'ltr' | 'rtl' = 'ltr'): SpokenLanguage {
  let made: { readonly language: Language; readonly catalogue: Catalogue } | undefined;
  const make = () => {
    if (made) return made;
    const catalogue = file === 'en' ? {} : read(file);
    made = { catalogue, language: createLanguage(tag, catalogue, direction) };
    return made;
  };
  return {
    tag,
    direction,
    name,
    t: (key, values) => make().language.t(key, values),
    forms: (key) => make().language.forms(key),
    get catalogue() {
      return make().catalogue;
    },
  };
}

/** What is spoken when nothing else is asked for. */
const usual = speak('en', 'English', 'en');

/** In the order of the menu. */
export const languages: readonly SpokenLanguage[] = [
  usual,
  speak('de', 'Deutsch', 'de'),
  speak('es', 'Español', 'es'),
  speak('fr', 'Français', 'fr'),
  speak('it', 'Italiano', 'it'),
  speak('nl', 'Nederlands', 'nl'),
  speak('pl', 'Polski', 'pl'),
  speak('pt-BR', 'Português (Brasil)', 'ptBR'),
  speak('ru', 'Русский', 'ru'),
  speak('uk', 'Українська', 'uk'),
  speak('ar', 'العربية', 'ar', 'rtl'),
  speak('he', 'עברית', 'he', 'rtl'),
  speak('zh-Hans', '简体中文', 'zhHans'),
  speak('ja', '日本語', 'ja'),
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
  return negotiateLanguage(acceptLanguage) ?? usual;
}
