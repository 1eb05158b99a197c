// The catalogues of all languages against the English one: the same places, the plural forms that the language has, no
// key that is nobody's; and which language a reader gets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { en } from '../../server/web/words/en.ts';
import { chooseLanguage, languages, negotiateLanguage } from '../../server/web/words/languages.ts';
import type { Plural } from '../../server/web/words/words.ts';

type Entry = string | Plural;
const keys = Object.keys(en) as (keyof typeof en)[];
const textsOf = (entry: Entry): string[] =>
  typeof entry === 'string' ? [entry] : Object.values(entry).filter((text) => text !== undefined);
const placesOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** Forms that whole numbers up to a million take. */
function formsOf(tag: string): Set<string> {
  const rules = new Intl.PluralRules(tag);
  const forms = new Set<string>();
  for (let n = 0; n <= 200; n++) forms.add(rules.select(n));
  for (const n of [1000, 1234, 10_000, 100_000, 1_000_000]) forms.add(rules.select(n));
  return forms;
}

describe('every catalogue', () => {
  for (const { tag, catalogue, name } of languages.filter((language) => language.tag !== 'en')) {
    test(`${name} (${tag}) names the places that the English names, and no others`, () => {
      for (const key of keys) {
        const entry = catalogue[key];
        if (entry === undefined) continue;
        const places = new Set(textsOf(en[key]).flatMap(placesOf));
        const count = typeof en[key] === 'string' ? [] : ['n'];
        for (const text of textsOf(entry)) {
          const own = new Set(placesOf(text));
          for (const place of own)
            assert.ok(places.has(place) || count.includes(place), `${key}: {${place}} in “${text}”`);
          for (const place of places) {
            assert.ok(own.has(place) || place === 'n', `${key}: {${place}} is missing in “${text}”`);
          }
        }
        if (typeof en[key] === 'string' && places.has('n')) {
          assert.ok(
            textsOf(entry).every((text) => placesOf(text).includes('n')),
            `${key}: {n} is missing`,
          );
        }
      }
    });

    test(`${name} (${tag}) lacks nothing`, () => {
      assert.deepEqual(
        keys.filter((key) => catalogue[key] === undefined),
        [],
      );
    });

    test(`${name} (${tag}) has each plural form of its own`, () => {
      const forms = formsOf(tag);
      for (const key of keys) {
        const entry = catalogue[key];
        if (entry === undefined) continue;
        assert.equal(typeof entry, typeof en[key], `${key}: is it a plural?`);
        if (typeof entry !== 'string')
          for (const form of forms) assert.ok(form in entry, `${key}: no form “${form}”`);
      }
    });

    test(`${name} (${tag}) has no key that nobody uses, and every text says something`, () => {
      for (const [key, entry] of Object.entries(catalogue)) {
        assert.ok(Object.hasOwn(en, key), `${key} is no key`);
        for (const text of textsOf(entry)) assert.notEqual(text.trim(), '', key);
      }
    });
  }
});

describe('which language', () => {
  test('the chosen one, else that of the device, else what the browser asks for, else English', () => {
    assert.equal(chooseLanguage(['fr', 'en'], 'de').tag, 'fr');
    assert.equal(chooseLanguage(['', 'fr'], 'en').tag, 'fr');
    assert.equal(chooseLanguage(['', 'tlh'], 'fr-CA, en;q=0.5').tag, 'fr');
    assert.equal(chooseLanguage([], 'tlh').tag, 'en');
    assert.equal(chooseLanguage([], undefined).tag, 'en');
  });

  test('Accept-Language counts by its weights; what is not wanted or no language is passed over', () => {
    assert.equal(negotiateLanguage('en;q=0.3, fr;q=0.8')?.tag, 'fr');
    assert.equal(negotiateLanguage('fr;q=0, en')?.tag, 'en');
    assert.equal(negotiateLanguage('*, ;;, <script>'), undefined);
    assert.equal(negotiateLanguage('x'.repeat(100_000)), undefined);
  });
});
