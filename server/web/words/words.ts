// Turns keys into sentences of one language. A catalogue is a flat table: a text with `{name}` places, or a text for
// each plural form (Intl.PluralRules) of the number `n`. Other languages come as files beside en.ts that fill the same
// keys; a key they lack is answered in English. No sentence is ever put together from pieces.
import { en } from './en.ts';

/** Plural forms; `other` is the one every language has. */
export type Plural = Readonly<
  { other: string } & Partial<Record<'zero' | 'one' | 'two' | 'few' | 'many', string>>
>;
export type WordKey = keyof typeof en;
export type Catalogue = Readonly<Partial<Record<WordKey, string | Plural>>>;
export type Values = Readonly<Record<string, string | number>>;

/** Gives the words for a key; numbers in `values` are written with the language's own separators. */
export type Translate = (key: WordKey, values?: Values) => string;

/** A language the interface speaks. */
export interface Language {
  /** BCP 47 tag for `<html lang>`. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly t: Translate;
  /** The plural forms of a key as JSON, for words that the page's own script puts a number in. */
  forms(key: WordKey): string;
}

/** Makes a language from its catalogue. */
export function createLanguage(
  tag: string,
  catalogue: Catalogue,
  direction: 'ltr' | 'rtl' = 'ltr',
): Language {
  const rules = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  const t: Translate = (key, values = {}) => {
    const entry: string | Plural = catalogue[key] ?? en[key];
    const text =
      typeof entry === 'string' ? entry : (entry[rules.select(Number(values.n ?? 0))] ?? entry.other);
    if (!text.includes('{')) return text;
    return text.replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name];
      return value === undefined ? place : typeof value === 'number' ? numbers.format(value) : value;
    });
  };
  const forms = (key: WordKey): string => {
    const entry: string | Plural = catalogue[key] ?? en[key];
    return JSON.stringify(typeof entry === 'string' ? { other: entry } : entry);
  };
  return { tag, direction, t, forms };
}

export const english: Language = createLanguage('en', en);
