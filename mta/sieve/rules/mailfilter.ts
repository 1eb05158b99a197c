// SqWebMail's filters (spec/sqwebmail.md 9): the `.mailfilter` that it wrote for maildrop, as rules of ours. Only what its
// own `##` lines say is read, never the code below them; a file without its mark is somebody's own program and stays
// that. What a rule of ours cannot say exactly is given back with the reason. Pure; the file stays as it is.
import { decodeFolderName, isValidFolderName } from '../../maildir/folder-name.ts';
import {
  type Actions,
  type Condition,
  faultOfCondition,
  isForwardTarget,
  isHeaderName,
  noActions,
  type Place,
  type Rule,
  ruleLimits,
  type TextTest,
} from './rule.ts';

/** Why a rule of SqWebMail cannot be one of ours. */
export type NotImported = 'pattern' | 'body' | 'autoreply' | 'address' | 'folder' | 'nothing' | 'unknown';

export interface MailfilterRule {
  readonly name: string;
  /** What it says, for a person: its `##` lines. */
  readonly lines: readonly string[];
  readonly outcome: { readonly rule: Omit<Rule, 'id'> } | { readonly reason: NotImported };
}

export type Mailfilter =
  | { readonly kind: 'sqwebmail'; readonly rules: readonly MailfilterRule[] }
  /** Written by hand or by another program. */
  | { readonly kind: 'foreign' };

/** Bytes of a file that is looked at. */
export const largestMailfilter = 262_144;
const mark = '#MFMAILDROP=2';

interface Block {
  readonly fields: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
}

/** The `##` lines of each rule: from `##Op:` to `##Name:`. */
function readBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: { fields: Map<string, string>; lines: string[] } | undefined;
  for (const line of lines) {
    const [, field, value = ''] = /^##([A-Za-z]+)(?::(.*))?$/.exec(line) ?? [];
    if (field === undefined) continue;
    if (field === 'Op') open = { fields: new Map(), lines: [] };
    if (!open) continue;
    open.fields.set(field, value);
    open.lines.push(line);
    if (field !== 'Name') continue;
    blocks.push(open);
    open = undefined;
  }
  return blocks;
}

/**
 * A pattern of maildrop as one of ours; undefined: it says more than ours can. Without special characters it is text;
 * `.` is one character, `.*` any.
 */
function readPattern(pattern: string): string | undefined {
  let out = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      const next = pattern[++at] ?? '';
      if (next === '' || /[A-Za-z0-9]/.test(next)) return undefined;
      out += /[*?]/.test(next) ? `\\${next}` : next === '\\' ? '\\\\' : next;
    } else if (char === '.') {
      if (pattern[at + 1] === '*') at++;
      out += pattern[at] === '*' ? '*' : '?';
    } else if (/[[\](){}*+?^$|/!<>]/.test(char)) return undefined;
    else out += char;
  }
  return out;
}

const isPlain = (pattern: string): boolean => !/[*?\\]/.test(pattern);

/** What `startswith`, `endswith` and `contains` look for. */
function textCondition(fields: Block['fields'], test: TextTest): Condition | NotImported {
  const value = fields.get('Value') ?? '';
  const header = fields.get('Header') ?? '';
  const isNot = fields.has('DoesNot');
  const isBody = fields.has('Body');
  // maildrop looks at the lines of a body one by one.
  if (isBody && test !== 'contains') return 'body';
  if (!isBody && !isHeaderName(header)) return 'unknown';
  const place = isBody ? ({ field: 'body', header: '' } as const) : ({ field: 'header', header } as const);
  if (fields.has('PlainString')) return { ...place, test, value, isNot };
  const pattern = readPattern(value);
  if (pattern === undefined) return 'pattern';
  if (isPlain(pattern)) return { ...place, test, value: pattern, isNot };
  const around = { begins: `${pattern}*`, ends: `*${pattern}` }[test as 'begins' | 'ends'];
  return { ...place, test: 'matches', value: around ?? (isBody ? pattern : `*${pattern}*`), isNot };
}

type Matching = Pick<Rule, 'match' | 'conditions'>;

function readConditions(fields: Block['fields']): Matching | NotImported {
  const isNot = fields.has('DoesNot');
  const value = fields.get('Value') ?? '';
  const contentType = { field: 'header', header: 'Content-Type', value: '' } as const;
  const one = (condition: Condition | NotImported): Matching | NotImported =>
    typeof condition === 'string'
      ? condition
      : faultOfCondition(condition) === undefined
        ? { match: 'all', conditions: [condition] }
        : 'unknown';
  switch (fields.get('Op')) {
    case 'startswith':
      return one(textCondition(fields, 'begins'));
    case 'endswith':
      return one(textCondition(fields, 'ends'));
    case 'contains':
      return one(textCondition(fields, 'contains'));
    case 'hasrecipient':
      return one({ field: 'to', header: '', test: 'is', value: value.trim(), isNot });
    case 'mimemultipart':
      return one({ ...contentType, test: 'begins', value: 'multipart/mixed', isNot });
    case 'textplain':
      return {
        match: isNot ? 'all' : 'any',
        conditions: [
          { ...contentType, test: 'exists', isNot: !isNot },
          { ...contentType, test: 'begins', value: 'text/plain', isNot },
        ],
      };
    case 'islargerthan': {
      if (!/^\d{1,9}$/.test(value.trim())) return 'unknown';
      const bytes = Number(value);
      return one({ field: 'size', test: isNot ? 'under' : 'over', bytes: isNot ? bytes + 1 : bytes });
    }
    case 'anymessage':
      // `if (!1)`: of no letter at all.
      return isNot ? 'nothing' : one({ field: 'any' });
    default:
      return 'unknown';
  }
}

function readActions(fields: Block['fields']): Actions | NotImported {
  const target = fields.get('Folder') ?? '';
  const goesOn = fields.has('Continue');
  const ended = (place: Place, more: Partial<Actions> = {}): Actions => ({
    ...noActions,
    ...more,
    place,
    stops: true,
  });
  if (target === 'exit') return ended({ kind: 'discard' });
  if (target === '.') return goesOn ? 'nothing' : ended({ kind: 'keep' });
  switch (target[0]) {
    case '.': {
      const folder = decodeFolderName(target);
      if (isValidFolderName(folder) !== undefined) return 'folder';
      return goesOn ? { ...noActions, copyTo: folder } : ended({ kind: 'move', folder });
    }
    case '!': {
      const forwardTo = [...new Set(target.slice(1).split(/[\s,]+/))].filter((one) => one !== '');
      if (forwardTo.length === 0 || forwardTo.length > ruleLimits.forwards) return 'address';
      if (!forwardTo.every(isForwardTarget)) return 'address';
      return goesOn ? { ...noActions, forwardTo } : ended({ kind: 'discard' }, { forwardTo });
    }
    case '*': {
      const reason = target.slice(1).trim().slice(0, ruleLimits.reason);
      return reason === '' ? 'unknown' : ended({ kind: 'reject', reason });
    }
    case '+':
      return 'autoreply';
    default:
      return 'unknown';
  }
}

function readOutcome(fields: Block['fields'], name: string): MailfilterRule['outcome'] {
  const matching = readConditions(fields);
  if (typeof matching === 'string') return { reason: matching };
  const actions = readActions(fields);
  if (typeof actions === 'string') return { reason: actions };
  return { rule: { name, isOn: true, waitsFor: [], ...matching, actions } };
}

/** @param bytes the file, or its first `largestMailfilter` bytes */
export function readMailfilter(bytes: Buffer): Mailfilter {
  // Old versions wrote the character set of the browser; newer ones UTF-8.
  const utf8 = bytes.toString('utf8');
  const text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
  const lines = text.split('\n').map((line) => line.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trimEnd());
  if (lines[0] !== mark) return { kind: 'foreign' };
  const rules = readBlocks(lines)
    .slice(0, ruleLimits.rules)
    .map(({ fields, lines: own }): MailfilterRule => {
      const name = (fields.get('Name') ?? '').trim().slice(0, ruleLimits.name).toWellFormed();
      return { name, lines: own, outcome: readOutcome(fields, name) };
    });
  return { kind: 'sqwebmail', rules };
}
