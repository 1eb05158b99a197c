// The forms of a person's choices (webmail.md T1): which choices stand on which page and how each is drawn, read strictly
// from what was posted. What an administrator locked for the domain is shown and cannot be changed (T7). Pure.
import { type ChoiceName, type Choices, choiceTable } from '../state/choices.ts';
import { en } from '../words/en.ts';
import { findLanguage, languages } from '../words/languages.ts';
import type { Translate, WordKey } from '../words/words.ts';

/** How a choice is drawn: values of the table one below the other, a box, a number, or one of a list that is given. */
type Drawing = 'values' | 'box' | 'number' | 'folder' | 'zone' | 'language';

interface Group {
  readonly title: WordKey;
  readonly fields: Partial<Record<ChoiceName, Drawing>>;
}

/** The choices of each page, in the order in which they are shown. */
export const choicePages = {
  general: [
    {
      title: 'choice.groupList',
      fields: {
        density: 'values',
        layout: 'values',
        conversations: 'box',
        startFolder: 'folder',
        afterAction: 'values',
      },
    },
    {
      title: 'choice.groupPage',
      fields: {
        language: 'language',
        zone: 'zone',
        toastSeconds: 'values',
        notify: 'box',
        reloadSeconds: 'values',
      },
    },
    { title: 'choice.groupCleaning', fields: { cleanTrash: 'number', cleanJunk: 'number' } },
  ],
  reading: [
    {
      title: 'choice.groupOpening',
      fields: { markRead: 'values', body: 'values', conversationOrder: 'values' },
    },
    { title: 'choice.groupSafety', fields: { pictures: 'values', strictFrame: 'box', receipts: 'values' } },
  ],
  composing: [
    {
      title: 'choice.groupWriting',
      fields: { composeAs: 'values', replyQuote: 'values', signaturePlace: 'values', forwardAs: 'values' },
    },
    { title: 'choice.groupSending', fields: { undoSeconds: 'values', collectContacts: 'box' } },
  ],
  shortcuts: [{ title: 'choice.groupKeys', fields: { shortcuts: 'values' } }],
} as const satisfies Record<string, readonly Group[]>;

export type ChoicePage = keyof typeof choicePages;
export const choicePageNames = Object.keys(choicePages) as ChoicePage[];

/** What a list is chosen from that only the mailbox or the system knows. */
export interface Lists {
  readonly folders: readonly { readonly value: string; readonly label: string }[];
  readonly zones: readonly string[];
}

export interface FieldModel {
  readonly name: ChoiceName;
  readonly kind: 'radio' | 'check' | 'number' | 'select';
  readonly label: string;
  /** '' for none. */
  readonly hint: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly isLocked: boolean;
}

/** The values of a choice of the table; undefined: they are not a few. */
function valuesOf(name: ChoiceName): readonly (string | number)[] {
  const { values } = choiceTable[name] as { readonly values?: readonly (string | number)[] };
  if (!values) throw new Error(`the choice ${name} has no list of values`);
  return values;
}

const fieldsOf = (page: ChoicePage): readonly [ChoiceName, Drawing][] =>
  choicePages[page].flatMap(({ fields }) => Object.entries(fields) as [ChoiceName, Drawing][]);

/** The choices of a page by name. */
export const choicesOf = (page: ChoicePage): readonly ChoiceName[] => fieldsOf(page).map(([name]) => name);

/** A stored value as a form carries it. */
const textOf = (value: unknown): string => (value === true ? '1' : value === false ? '' : String(value));

/** The words that a form shows for each value of a choice: tests look whether all are there. */
export const wordsOfChoice = (name: ChoiceName, drawing: Drawing): readonly string[] => [
  `choice.${name}`,
  ...(drawing === 'values' ? valuesOf(name).map((value) => `choice.${name}.${value}`) : []),
];
export const drawnChoices = (): readonly [ChoiceName, Drawing][] => choicePageNames.flatMap(fieldsOf);

function optionsOf(
  name: ChoiceName,
  drawing: Drawing,
  value: string,
  lists: Lists,
  t: Translate,
): FieldModel['options'] {
  if (drawing === 'values')
    return valuesOf(name).map((one) => ({
      value: String(one),
      label: t(`choice.${name}.${one}` as WordKey),
    }));
  if (drawing === 'zone')
    return [
      { value: '', label: t('choice.zone.browser') },
      ...lists.zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
    ];
  if (drawing === 'language')
    return [
      { value: '', label: t('choice.language.browser') },
      ...languages.map((language) => ({ value: language.tag, label: language.name })),
    ];
  if (drawing !== 'folder') return [];
  // A folder that is gone stays what was chosen until something else is.
  const isThere = lists.folders.some((folder) => folder.value === value);
  return isThere ? lists.folders : [...lists.folders, { value, label: value }];
}

/** The groups of a page with their fields as they are shown. `typed`: what a refused form held. */
export function drawChoices(
  page: ChoicePage,
  choices: Choices,
  locked: ReadonlySet<ChoiceName>,
  lists: Lists,
  t: Translate,
  typed?: Readonly<Record<string, string>>,
) {
  return choicePages[page].map(({ title, fields }) => ({
    title: t(title),
    fields: (Object.entries(fields) as [ChoiceName, Drawing][]).map(([name, drawing]): FieldModel => {
      const isLocked = locked.has(name);
      const value = isLocked || typed === undefined ? textOf(choices[name]) : (typed[name] ?? '');
      const hint = `choice.${name}.hint`;
      return {
        name,
        kind:
          drawing === 'values'
            ? 'radio'
            : drawing === 'box'
              ? 'check'
              : drawing === 'number'
                ? 'number'
                : 'select',
        label: t(`choice.${name}` as WordKey),
        hint: Object.hasOwn(en, hint) ? t(hint as WordKey) : '',
        value,
        options: optionsOf(name, drawing, value, lists, t),
        isLocked,
      };
    }),
  }));
}

/**
 * Reads a posted page: the values that may be chosen, and the names of those that may not. What is locked is left out,
 * and so is a field that the form did not hold (a box that is not ticked is the value no).
 */
export function readChoices(
  page: ChoicePage,
  body: Readonly<Record<string, string>>,
  locked: ReadonlySet<ChoiceName>,
  lists: Lists,
): { readonly changes: Partial<Choices>; readonly wrong: readonly ChoiceName[] } {
  const changes: Record<string, unknown> = {};
  const wrong: ChoiceName[] = [];
  for (const [name, drawing] of fieldsOf(page)) {
    const text = body[name];
    if (locked.has(name) || (drawing !== 'box' && text === undefined)) continue;
    const value = valueTyped(name, drawing, text ?? '', lists);
    const checked = value === undefined ? undefined : choiceTable[name].read(value);
    if (checked === undefined) wrong.push(name);
    else changes[name] = checked;
  }
  return { changes: changes as Partial<Choices>, wrong };
}

function valueTyped(name: ChoiceName, drawing: Drawing, text: string, lists: Lists): unknown {
  switch (drawing) {
    case 'box':
      return text !== '';
    case 'number':
      return /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
    case 'values':
      return valuesOf(name).find((value) => String(value) === text);
    case 'zone':
      return text === '' || lists.zones.includes(text) ? text : undefined;
    case 'language':
      return text === '' ? text : findLanguage(text)?.tag;
    case 'folder':
      return lists.folders.some(({ value }) => value === text) ? text : undefined;
  }
}
