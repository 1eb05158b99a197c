// body (RFC 5173): tests on what is behind the header, as it stands (:raw), by parts of some kind (:content), or as the text
// that people read (:text, the default). Its matches set no match variables (RFC 5173 6).
import { decodeText } from '../../trust/bayes/letter.ts';
import { type Extension, test } from '../definitions.ts';
import { everyPart, type Part } from '../letter/parts.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';

/** RFC 5173 5.2: `text`, `text/html`, or '' for all; what is no such thing matches nothing. */
function isOfType(part: Part, wanted: string): boolean {
  if (wanted === '') return true;
  const type = wanted.toLowerCase();
  const slash = type.indexOf('/');
  return slash < 0 ? part.type.startsWith(`${type}/`) : part.type === type;
}

/** Bytes of the letter as text; what is not UTF-8 is read as western European. */
const textOf = (bytes: Buffer): string => decodeText(bytes, '');

/** RFC 5173 5.2: of a multipart what is around its parts, of a letter within the letter its header. */
function* contentsOf(part: Part, run: Run): Generator<string> {
  if (part.type.startsWith('multipart/')) {
    const { prologue, epilogue } = part.around;
    yield textOf(prologue);
    yield textOf(epilogue);
  } else if (part.isMessage) yield textOf(part.children[0]?.header.bytes ?? Buffer.alloc(0));
  else yield part.textWith(run.work);
}

function* valuesOf(kind: 'raw' | 'text', run: Run): Generator<string> {
  if (!run.letter.hasBody) return;
  if (kind === 'raw') {
    yield run.letter.bodyText;
    return;
  }
  for (const part of everyPart(run.letter.root)) {
    const text = part.hasBody ? part.readWith(run.work) : undefined;
    if (text !== undefined) yield text;
  }
}

export const body: Extension = {
  tests: [
    {
      name: 'body',
      capabilities: ['body'],
      signature: {
        tags: [
          ...matchTags,
          { name: 'raw', group: 'transform' },
          { name: 'text', group: 'transform' },
          { name: 'content', group: 'transform', value: 'strings' },
        ],
        positional: [{ name: 'the list of keys', type: 'strings' }],
      },
      check: (call, checking) => {
        const matcher = readMatcher(call, 'the list of keys', checking, { setsVariables: false });
        if (matcher === undefined) return undefined;
        const types = call.texts('content');
        if (types === undefined) {
          const kind = call.has('raw') ? 'raw' : 'text';
          return test((run) => matcher.matches(valuesOf(kind, run), run));
        }
        function* values(run: Run): Generator<string> {
          if (!run.letter.hasBody) return;
          const wanted = types!.map((type) => type.valueIn(run));
          for (const part of everyPart(run.letter.root))
            if (part.hasBody && wanted.some((type) => isOfType(part, type))) yield* contentsOf(part, run);
        }
        return test((run) => matcher.matches(values(run), run));
      },
    },
  ],
};
