// Tests on the header and the envelope (RFC 5228 5.1, 5.4, 5.5, 5.7, 5.9): address, envelope, exists, header, size; with
// what other extensions add to them: subaddress (RFC 5233), index (RFC 5260), mime (RFC 5703 4).
import { type Extension, type TestDefinition, test } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import { quoted } from '../language/source.ts';
import type { Text } from '../language/text.ts';
import { type AddressPart, partOfEnvelope, partsOfField } from '../letter/addresses.ts';
import type { Field } from '../letter/header.ts';
import { readMimeWord, readParameters } from '../letter/parameters.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';
import { indexTags, mimeTags, readFieldSource } from './fields.ts';

const addressTags: readonly TagDefinition[] = [
  { name: 'all', group: 'address part' },
  { name: 'localpart', group: 'address part' },
  { name: 'domain', group: 'address part' },
  { name: 'user', group: 'address part', capability: 'subaddress' },
  { name: 'detail', group: 'address part', capability: 'subaddress' },
];

const partNames = ['localpart', 'domain', 'user', 'detail'] as const;
const readPart = (call: Call): AddressPart => partNames.find((name) => call.has(name)) ?? 'all';

/** RFC 5233: what stands between user and detail. */
const separatorOf = (run: Run): string => run.environment.detailSeparator ?? '+';

/** RFC 5228 2.4.2.2: a name that can be no field's is no fault; nothing has it, and nobody means that. */
export function doubtFieldNames(names: readonly Text[], checking: Checking): void {
  for (const { constant, at } of names)
    if (constant !== undefined && !/^[!-9;-~]+$/.test(constant))
      checking.doubt(
        at,
        `found ${quoted(constant)} as the name of a header field, which no field has; expected letters, digits and "-"`,
      );
}

/** RFC 5228 5.1: only fields whose value is addresses. Those that begin with X- or Resent- are taken too. */
const addressFields: ReadonlySet<string> = new Set(
  `from to cc bcc sender reply-to return-path return-receipt-to disposition-notification-to delivered-to envelope-to
   original-recipient errors-to apparently-to approved mail-reply-to mail-followup-to for-approval for-comment
   for-handling abuse-reports-to list-owner original-from originator author read-receipt-to return-receipt-requested
   registered-mail-reply-requested-by`.split(/\s+/),
);

function checkAddressFields(names: readonly Text[], checking: Checking): void {
  for (const { constant, at } of names) {
    const name = constant?.toLowerCase() ?? 'from';
    if (!addressFields.has(name) && /^[!-9;-~]+$/.test(name) && !/^(?:x|resent)-/.test(name))
      checking.fault(
        at,
        `found the field ${quoted(name)} at address; expected one that holds addresses, such as From or To`,
      );
  }
}

const addressTest: TestDefinition = {
  name: 'address',
  signature: {
    tags: [...matchTags, ...addressTags, ...indexTags, ...mimeTags],
    positional: [
      { name: 'the list of fields', type: 'strings' },
      { name: 'the list of keys', type: 'strings' },
    ],
  },
  check: (call, checking) => {
    const names = call.texts('the list of fields') ?? [];
    doubtFieldNames(names, checking);
    checkAddressFields(names, checking);
    const fieldsOf = readFieldSource(call, checking);
    const matcher = readMatcher(call, 'the list of keys', checking);
    if (fieldsOf === undefined || matcher === undefined) return undefined;
    const part = readPart(call);
    function* values(run: Run): Generator<string> {
      for (const name of names)
        for (const field of fieldsOf!(run, name.valueIn(run)))
          yield* partsOfField(run.letter.addressesOf(field), part, separatorOf(run));
    }
    return test((run) => matcher.matches(values(run), run));
  },
};

const envelopeTest: TestDefinition = {
  name: 'envelope',
  capabilities: ['envelope'],
  signature: {
    tags: [...matchTags, ...addressTags],
    positional: [
      { name: 'the list of envelope parts', type: 'strings' },
      { name: 'the list of keys', type: 'strings' },
    ],
  },
  check: (call, checking) => {
    const names = call.texts('the list of envelope parts') ?? [];
    for (const { constant, at } of names)
      if (constant !== undefined && !['from', 'to', 'auth'].includes(constant.toLowerCase()))
        checking.fault(at, `found the envelope part ${quoted(constant)}; expected "from", "to" or "auth"`);
    const matcher = readMatcher(call, 'the list of keys', checking);
    if (matcher === undefined) return undefined;
    const part = readPart(call);
    function* values(run: Run): Generator<string> {
      const { envelopeFrom, envelopeTo, authenticatedAs } = run.environment;
      for (const name of names) {
        const asked = name.valueIn(run).toLowerCase();
        const address =
          asked === 'from'
            ? envelopeFrom
            : asked === 'to'
              ? envelopeTo
              : asked === 'auth'
                ? authenticatedAs
                : undefined;
        if (address === undefined) continue;
        // RFC 5228 5.4: the null sender is the empty string, whichever part is asked for.
        const value = address === '' ? '' : partOfEnvelope(address, part, separatorOf(run));
        if (value !== undefined) yield value;
      }
    }
    return test((run) => matcher.matches(values(run), run));
  },
};

const existsTest: TestDefinition = {
  name: 'exists',
  signature: { tags: mimeTags, positional: [{ name: 'the list of fields', type: 'strings' }] },
  check: (call, checking) => {
    const names = call.texts('the list of fields') ?? [];
    doubtFieldNames(names, checking);
    const fieldsOf = readFieldSource(call, checking);
    if (fieldsOf === undefined) return undefined;
    return test((run) => names.every((name) => fieldsOf(run, name.valueIn(run)).length > 0));
  },
};

const mimeOptions: readonly TagDefinition[] = [
  { name: 'type', group: 'part of a MIME field', capability: 'mime' },
  { name: 'subtype', group: 'part of a MIME field', capability: 'mime' },
  { name: 'contenttype', group: 'part of a MIME field', capability: 'mime' },
  { name: 'param', group: 'part of a MIME field', value: 'strings', capability: 'mime' },
];

/** RFC 5703 4.1: what of a field's value is compared. Undefined: faults. */
function readFieldValue(
  call: Call,
  checking: Checking,
): ((field: Field, run: Run) => readonly string[]) | undefined {
  const option = mimeOptions.find(({ name }) => call.has(name))?.name;
  if (option === undefined) return (field) => [field.text];
  if (!call.has('mime')) {
    checking.fault(call.placeOf(option), `found :${option} without :mime; expected both`);
    return undefined;
  }
  const wanted = call.texts('param') ?? [];
  return ({ name, raw }, run) => {
    // RFC 5703 4.1: for other fields a blank string.
    if (name !== 'content-type' && name !== 'content-disposition') return [''];
    const word = readMimeWord(raw, name === 'content-type');
    if (word === undefined) return [''];
    if (option === 'param') {
      const names = new Set(wanted.map((text) => text.valueIn(run).toLowerCase()));
      // In the order of the field: match variables are of the first that matches.
      return [...readParameters(raw).parameters].filter(([key]) => names.has(key)).map(([, value]) => value);
    }
    const slash = word.indexOf('/');
    if (option === 'type') return [slash < 0 ? word : word.slice(0, slash)];
    if (option === 'subtype') return [slash < 0 ? '' : word.slice(slash + 1)];
    return [word];
  };
}

const headerTest: TestDefinition = {
  name: 'header',
  signature: {
    tags: [...matchTags, ...indexTags, ...mimeTags, ...mimeOptions],
    positional: [
      { name: 'the list of fields', type: 'strings' },
      { name: 'the list of keys', type: 'strings' },
    ],
  },
  check: (call, checking) => {
    const names = call.texts('the list of fields') ?? [];
    doubtFieldNames(names, checking);
    const fieldsOf = readFieldSource(call, checking);
    const valuesOf = readFieldValue(call, checking);
    const matcher = readMatcher(call, 'the list of keys', checking);
    if (fieldsOf === undefined || valuesOf === undefined || matcher === undefined) return undefined;
    function* values(run: Run): Generator<string> {
      for (const name of names)
        for (const field of fieldsOf!(run, name.valueIn(run))) {
          run.work.spend(10);
          yield* valuesOf!(field, run);
        }
    }
    return test((run) => matcher.matches(values(run), run));
  },
};

const sizeTest: TestDefinition = {
  name: 'size',
  signature: {
    tags: [
      { name: 'over', group: 'side' },
      { name: 'under', group: 'side' },
    ],
    positional: [{ name: 'the limit', type: 'number' }],
  },
  check: (call, checking) => {
    const limit = call.number('the limit') ?? 0;
    if (!call.has('over') && !call.has('under'))
      checking.fault(call.at, 'found size without :over or :under; expected one of them');
    // RFC 5228 5.9: exactly the limit is neither.
    return call.has('over') ? test((run) => run.letter.size > limit) : test((run) => run.letter.size < limit);
  },
};

export const headers: Extension = {
  tests: [addressTest, envelopeTest, existsTest, headerTest, sizeTest],
};
