// variables (RFC 5229 4 and 5): set with its modifiers, and the test string; :quoteregex of the regex draft and :encodeurl
// of enotify (RFC 5435 6) among the modifiers.
import { type Extension, step, test } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import { MOST_VARIABLE_LENGTH } from '../variables.ts';
import { readVariableName } from './variable-names.ts';

/** One letter for one, of all scripts: the sharp s stays as it is. */
const lower = (letter: string): string => sameLength(letter, letter.toLowerCase());
const upper = (letter: string): string => sameLength(letter, letter.toUpperCase());
const sameLength = (letter: string, changed: string): string =>
  changed.length === letter.length ? changed : letter;

const replaceLetters = (value: string, change: (letter: string) => string): string =>
  /[^\x00-\x7f]/.test(value) ? value.replace(/./gsu, change) : change(value);

/** RFC 5229 4.1: from the highest precedence to the lowest; of one group a set takes one. */
const modifiers: readonly (TagDefinition & { readonly change: (value: string) => string })[] = [
  { name: 'lower', group: 'case', change: (value) => replaceLetters(value, lower) },
  { name: 'upper', group: 'case', change: (value) => replaceLetters(value, upper) },
  {
    name: 'lowerfirst',
    group: 'first letter',
    change: (value) => first(value, lower),
  },
  {
    name: 'upperfirst',
    group: 'first letter',
    change: (value) => first(value, upper),
  },
  { name: 'quotewildcard', group: 'quoting', change: (value) => value.replace(/[*?\\]/g, '\\$&') },
  {
    name: 'quoteregex',
    group: 'quoting',
    capability: 'regex',
    change: (value) => value.replace(/[*+?.\\^$|()[\]{}]/g, '\\$&'),
  },
  {
    name: 'encodeurl',
    group: 'encoding',
    capability: 'enotify',
    // RFC 3986 2.3: all but the unreserved.
    change: (value) =>
      encodeURIComponent(value.toWellFormed()).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
  },
  { name: 'length', group: 'length', change: (value) => String([...value].length) },
];

export const modifierTags: readonly TagDefinition[] = modifiers;

const first = (value: string, change: (letter: string) => string): string => {
  const [letter = ''] = value;
  return change(letter) + value.slice(letter.length);
};

/** What the modifiers of a call make of a value. */
export function readModifiers(call: Call): (value: string) => string {
  const chosen = modifiers.filter(({ name }) => call.has(name));
  return (value) => chosen.reduce((changed, { change }) => change(changed), value);
}

export const variables: Extension = {
  commands: [
    {
      name: 'set',
      capabilities: ['variables'],
      signature: {
        tags: modifierTags,
        positional: [
          { name: 'the name', type: 'string' },
          { name: 'the value', type: 'string' },
        ],
      },
      check: (call: Call, checking: Checking) => {
        const variable = readVariableName(call.text('the name')!, checking);
        if (variable === undefined) return undefined;
        const change = readModifiers(call);
        const value = call.text('the value')!;
        return step(call, (run) => {
          const plain = value.valueIn(run).slice(0, MOST_VARIABLE_LENGTH).toWellFormed();
          run.work.spend(plain.length);
          run.variables.write(variable.name, variable.isGlobal, change(plain));
        });
      },
    },
  ],
  tests: [
    {
      name: 'string',
      capabilities: ['variables'],
      signature: {
        tags: matchTags,
        positional: [
          { name: 'the list of strings', type: 'strings' },
          { name: 'the list of keys', type: 'strings' },
        ],
      },
      check: (call, checking) => {
        const strings = call.texts('the list of strings') ?? [];
        const matcher = readMatcher(call, 'the list of keys', checking);
        if (matcher === undefined) return undefined;
        return test((run) => {
          const values = strings.map((text) => text.valueIn(run));
          // RFC 5229 5: :count counts strings that are not empty.
          return matcher.matches(matcher.isCount ? values.filter((value) => value !== '') : values, run);
        });
      },
    },
  ],
};
