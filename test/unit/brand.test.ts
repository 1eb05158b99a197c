// The look of a domain (webmail.md N14): contrast as WCAG counts it, which colours are refused, what is made of those that
// are not, and what a file of a look may hold.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Brand, findBrandFault, formatBrand, parseBrand } from '../../mta/accounts/brand-file.ts';
import { measurePicture } from '../../mta/formats/picture-size.ts';
import { programRoot } from '../../mta/root.ts';
import { contrastOf, findShade, readColour } from '../../server/web/brand/contrast.ts';
import {
  accentTokens,
  darkAccentOf,
  findWeakness,
  grounds,
  writeStyles,
} from '../../server/web/brand/tokens.ts';
import { jpegHeader, pngHeader, webpHeader } from '../support/pictures.ts';

/** Each colour of a coarse cube. */
const cube: string[] = [];
for (let red = 0; red < 256; red += 51)
  for (let green = 0; green < 256; green += 51)
    for (let blue = 0; blue < 256; blue += 51)
      cube.push(`#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`);

describe('contrast', () => {
  test('is that of WCAG', () => {
    assert.equal(contrastOf('#000000', '#ffffff'), 21);
    assert.equal(contrastOf('#abcdef', '#abcdef'), 1);
    assert.equal(contrastOf('#777777', '#ffffff').toFixed(2), '4.48');
    assert.equal(contrastOf('#ff0000', '#ffffff').toFixed(2), '4.00');
  });

  test('a colour is read with and without its sign, in three or six digits, and nothing else is one', () => {
    assert.deepEqual(['#1C6664', '1c6664', ' #abc ', 'F00'].map(readColour), [
      '#1c6664',
      '#1c6664',
      '#aabbcc',
      '#ff0000',
    ]);
    for (const typed of ['', 'red', '#12345', '#1c666g', 'rgb(1,2,3)', '#1c6664;}'])
      assert.equal(readColour(typed), undefined, typed);
  });

  test('a shade keeps its hue, and ends at black or white when nothing else fits', () => {
    assert.equal(
      findShade('#ff0000', 'black', (shade) => contrastOf(shade, '#ffffff') > 10),
      '#850000',
    );
    assert.equal(
      findShade('#336699', 'white', () => false),
      '#ffffff',
    );
    assert.equal(
      findShade('#336699', 'white', () => true),
      '#336699',
    );
  });
});

describe('tokens', () => {
  test('the grounds are those of the style sheet', async () => {
    const sheet = await readFile(join(programRoot(), 'static', 'css', 'base.css'), 'utf8');
    for (const [theme, selector] of [
      ['light', ':root {'],
      ['dark', '[data-theme="dark"] {'],
    ] as const) {
      const block = sheet.slice(sheet.indexOf(`\n${selector}`)).split('}')[0] ?? '';
      for (const [name, value] of Object.entries(grounds[theme]))
        assert.ok(block.includes(` --${name}: ${value};`), `${theme} --${name} ${value}`);
    }
  });

  test('a colour that is too weak is refused with its ratio and a shade that is not', () => {
    assert.equal(findWeakness('#1c6664', 'light'), undefined);
    assert.equal(findWeakness('#72c5be', 'dark'), undefined);
    assert.deepEqual(findWeakness('#ffeb3b', 'light'), { ratio: 1, shade: '#786c00' });
    assert.equal(findWeakness('#1c6664', 'dark')?.ratio, 2.2);
    // Enough on white, and not on the page.
    assert.equal(findWeakness('#767676', 'light')?.ratio, 4);
    for (const theme of ['light', 'dark'] as const)
      for (const colour of cube) {
        const weakness = findWeakness(colour, theme);
        if (weakness === undefined) continue;
        assert.ok(weakness.ratio < 4.5, colour);
        assert.equal(findWeakness(weakness.shade, theme), undefined, `${colour} to ${weakness.shade}`);
      }
  });

  test('whatever colour is taken, text on it, links and what is chosen can be read in both themes', () => {
    for (const colour of cube) {
      if (findWeakness(colour, 'light') !== undefined) continue;
      for (const [theme, accent] of [
        ['light', colour],
        ['dark', darkAccentOf(colour)],
      ] as const) {
        const tokens = accentTokens(accent, theme);
        const { bg, surface, raised, hover, sunken, text, text2, text3, star } = grounds[theme];
        const expect = (one: string, other: string, least: number): void =>
          assert.ok(contrastOf(one, other) >= least, `${colour} ${theme}: ${one} on ${other}`);
        for (const ground of [bg, surface, raised, hover]) expect(tokens['--link']!, ground, 4.5);
        for (const ground of [bg, surface, raised, sunken]) expect(tokens['--focus']!, ground, 3);
        expect(tokens['--on-accent']!, tokens['--accent']!, 4.5);
        expect(tokens['--on-accent']!, tokens['--accent-hover']!, 4.5);
        for (const ink of [text, text2, text3, tokens['--accent']!]) expect(ink, tokens['--sel']!, 4.5);
        expect(star, tokens['--sel']!, 3);
      }
    }
  });

  test('the sheet sets both themes, and leaves forced colours to the reader', () => {
    const sheet = writeStyles('#0055cc', '');
    assert.match(sheet, /^@media \(forced-colors:none\)\{:root\{[^}]*--accent:#0055cc;/);
    assert.match(sheet, /\}\[data-theme="dark"\]\{[^}]*--accent:#5ca0ff/);
    assert.match(
      sheet,
      /\}@media \(prefers-color-scheme:dark\)\{\[data-theme="system"\]\{[^}]*--accent:#5ca0ff[^}]*\}\}\}\n$/,
    );
    // Only for the dark: light pages are as usual.
    assert.doesNotMatch(writeStyles('', '#5ca0ff'), /:root\{/);
  });
});

describe('the file of a look', () => {
  const brand: Brand = {
    name: 'Müller & Söhne 漢字',
    accent: '#0055cc',
    accentDark: '',
    logo: pngHeader(200, 60).toString('base64'),
  };

  test('comes back as it was stored, in ASCII', () => {
    const text = formatBrand(brand);
    assert.match(text, /^[\n\x20-\x7e]*$/);
    assert.deepEqual(parseBrand(text), brand);
    assert.deepEqual(parseBrand('{"accent":"#0055CC"}'), {
      name: '',
      accent: '#0055cc',
      accentDark: '',
      logo: '',
    });
  });

  test('what does not fit is refused by field, and no file of it is read', () => {
    for (const [change, field, fault] of [
      [{ name: 'x'.repeat(41) }, 'name', 'too-long'],
      [{ name: 'a\nb' }, 'name', 'characters'],
      [{ name: '\ud800' }, 'name', 'characters'],
      [{ accent: 'red' }, 'accent', 'colour'],
      [{ accentDark: '#12345' }, 'accentDark', 'colour'],
      [{ logo: '!!' }, 'logo', 'picture'],
      [{ logo: Buffer.from('<svg xmlns="x"/>').toString('base64') }, 'logo', 'picture'],
      [{ logo: Buffer.from('GIF89a\x10\0\x10\0').toString('base64') }, 'logo', 'picture'],
      [{ logo: pngHeader(513, 10).toString('base64') }, 'logo', 'too-large'],
      [
        { logo: Buffer.concat([pngHeader(10, 10), Buffer.alloc(65_536)]).toString('base64') },
        'logo',
        'too-large',
      ],
    ] as const) {
      const wrong = { ...brand, ...change };
      assert.deepEqual(findBrandFault(wrong), { field, fault });
      assert.equal(parseBrand(JSON.stringify(wrong)), undefined);
    }
    for (const text of ['', 'null', '[]x', '{"name":1}', '{"accent":null}']) {
      assert.equal(parseBrand(text), undefined, text);
    }
  });

  test('pictures are known by their bytes, with their size', () => {
    assert.deepEqual(measurePicture(pngHeader(7, 9)), { type: 'image/png', width: 7, height: 9 });
    assert.deepEqual(measurePicture(jpegHeader(7, 9)), { type: 'image/jpeg', width: 7, height: 9 });
    assert.deepEqual(measurePicture(webpHeader(7, 9)), { type: 'image/webp', width: 7, height: 9 });
    for (const bytes of [
      Buffer.alloc(0),
      pngHeader(7, 9).subarray(0, 20),
      pngHeader(0, 9),
      jpegHeader(7, 9).subarray(0, 12),
      webpHeader(7, 9).subarray(0, 20),
      Buffer.from('<html>'),
    ])
      assert.equal(measurePicture(bytes), undefined);
  });
});
