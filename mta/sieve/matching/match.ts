// How a test compares values of the letter with keys of the script: match type, comparator and relation (RFC 5228 2.7,
// RFC 5231, regex of draft-ietf-sieve-regex), as tags of many tests. Checked once; what :matches and :regex found goes to the match
// variables (RFC 5229 3.2).
import { compilePosixRegex, RegexError } from '../../control/posix-regex.ts';
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import { quoted } from '../language/source.ts';
import type { Text } from '../language/text.ts';
import type { Run } from '../run-state.ts';
import { type Comparator, comparators, defaultComparator } from './comparators.ts';
import { indexOfText, matchWildcards, readWildcards } from './wildcards.ts';

export const matchTags: readonly TagDefinition[] = [
  { name: 'is', group: 'match type' },
  { name: 'contains', group: 'match type' },
  { name: 'matches', group: 'match type' },
  { name: 'regex', group: 'match type', capability: 'regex' },
  { name: 'value', group: 'match type', value: 'string', capability: 'relational' },
  { name: 'count', group: 'match type', value: 'string', capability: 'relational' },
  { name: 'comparator', value: 'string' },
];

const relations: Readonly<Record<string, (order: number) => boolean>> = {
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
};

/**
 * One key, ready for many values: `folded` is the value as the comparator sees it. Undefined: no match; else what the match
 * variables become.
 */
type Probe = (value: string, folded: string, run: Run) => readonly string[] | undefined;

/** Compares values with the keys of one test. */
export interface Matcher {
  /** :count asks how many values there are, not what they are. */
  readonly isCount: boolean;
  /** Whether any value matches any key. */
  matches(values: Iterable<string>, run: Run): boolean;
}

export interface MatcherOptions {
  /** What each key is made into first. */
  readonly split?: (key: string) => readonly string[];
  /** Whether :matches and :regex set match variables: true where it is not said. */
  readonly setsVariables?: boolean;
}

/**
 * Reads the match tags of a call; undefined: they have faults. `keys`: name of the positional argument.
 */
export function readMatcher(
  call: Call,
  keys: string,
  checking: Checking,
  options: MatcherOptions = {},
): Matcher | undefined {
  const kind = readKind(call, checking);
  const comparator = kind && readComparator(call, kind.name, checking);
  if (kind === undefined || comparator === undefined) return undefined;
  const probes = (call.texts(keys) ?? []).map((key) =>
    readProbes(kind, comparator, key, options.split, checking),
  );
  if (kind.name === 'is') doubtWildcards(call.texts(keys) ?? [], checking);
  const isCount = kind.name === 'count';
  const needsFolding = kind.name === 'is' || kind.name === 'contains' || kind.name === 'matches';
  const setsVariables = (kind.name === 'matches' || kind.name === 'regex') && options.setsVariables !== false;
  return {
    isCount,
    matches: (values, run) => {
      const given = isCount ? [String([...values].length)] : values;
      const ready = probes.flatMap((each) => each(run));
      for (const value of given) {
        const folded = needsFolding ? run.folded.of(value, comparator) : value;
        for (const probe of ready) {
          const found = probe(value, folded, run);
          if (found === undefined) continue;
          if (setsVariables) run.variables.setMatch(found);
          return true;
        }
      }
      return false;
    },
  };
}

/** `:is "*@example.com"`: the star stands for itself there. */
function doubtWildcards(keys: readonly Text[], checking: Checking): void {
  for (const { constant, at } of keys)
    if (constant !== undefined && constant.length > 1 && /^\*[^*]|[^*]\*$/.test(constant))
      checking.doubt(
        at,
        `found ${quoted(constant)} with :is, where "*" stands for itself; expected :matches for wildcards`,
      );
}

interface Kind {
  readonly name: 'is' | 'contains' | 'matches' | 'regex' | 'value' | 'count';
  readonly relation: ((order: number) => boolean) | undefined;
}

function readKind(call: Call, checking: Checking): Kind | undefined {
  for (const name of ['contains', 'matches', 'regex'] as const)
    if (call.has(name)) return { name, relation: undefined };
  for (const name of ['value', 'count'] as const) {
    const given = call.text(name);
    if (given === undefined) continue;
    const relation = Object.hasOwn(relations, given.constant ?? '') ? relations[given.constant!] : undefined;
    if (relation !== undefined) return { name, relation };
    checking.fault(
      given.at,
      `found ${given.constant === undefined ? 'a string with variables' : quoted(given.constant)} behind :${name}; expected one of ${Object.keys(relations).join(', ')}`,
    );
    return undefined;
  }
  return { name: 'is', relation: undefined };
}

function readComparator(call: Call, match: string, checking: Checking): Comparator | undefined {
  const given = call.text('comparator');
  if (given === undefined) return defaultComparator;
  const comparator = comparators.get(given.constant ?? '');
  if (comparator === undefined)
    checking.fault(
      given.at,
      `found the comparator ${quoted(given.constant ?? '')}; expected one of ${[...comparators.keys()].join(', ')}`,
    );
  else if (!checking.has(`comparator-${comparator.name}`))
    checking.needs(given.at, `the comparator ${comparator.name}`, `comparator-${comparator.name}`);
  else if (!comparator.hasSubstrings && ['contains', 'matches', 'regex'].includes(match))
    checking.fault(
      call.placeOf(match),
      `found :${match} with the comparator ${comparator.name}; expected :is, :value or :count`,
    );
  else return comparator;
  return undefined;
}

/** Nothing to remember. */
const noWildcards: readonly string[] = [];

/** The probes of one key: ready at once where it holds no variables. */
function readProbes(
  kind: Kind,
  comparator: Comparator,
  key: Text,
  split: ((key: string) => readonly string[]) | undefined,
  checking: Checking,
): (run: Run) => readonly Probe[] {
  const make = (value: string): readonly Probe[] =>
    (split?.(value) ?? [value]).map((text) => makeProbe(kind, comparator, text));
  try {
    if (key.constant !== undefined) {
      const ready = make(key.constant);
      return () => ready;
    }
  } catch (error) {
    checking.fault(key.at, regexFault(error, key.constant ?? ''));
    return () => [];
  }
  return (run) => {
    const value = key.valueIn(run);
    try {
      if (kind.name === 'regex') run.work.spend(value.length * 20);
      return make(value);
    } catch (error) {
      // What a letter made of it is no fault of the script: it matches nothing, and the other rules go on.
      if (error instanceof RegexError) return [];
      throw error;
    }
  };
}

function regexFault(error: unknown, source: string): string {
  if (!(error instanceof RegexError)) throw error;
  return `found the regular expression ${quoted(source)}; expected a POSIX extended one: ${error.message}`;
}

/** Throws RegexError. */
function makeProbe(kind: Kind, comparator: Comparator, text: string): Probe {
  const wanted = comparator.keyOf(text);
  switch (kind.name) {
    case 'is':
      return (_value, folded, run) => {
        run.work.spend(Math.min(folded.length, wanted.length) / 8 + 1);
        return folded === wanted ? noWildcards : undefined;
      };
    case 'contains':
      return (_value, folded, run) =>
        indexOfText(folded, wanted, 0, run.work) < 0 ? undefined : noWildcards;
    case 'matches': {
      const wildcards = readWildcards(wanted);
      return (value, folded, run) => {
        const found = matchWildcards(wildcards, folded, value, run.work);
        return found === undefined ? undefined : [value, ...found];
      };
    }
    case 'regex': {
      const regex = compilePosixRegex(text, { matchesCase: comparator.name === 'i;octet' });
      return (value, _folded, run) => regex.find(value, (steps) => run.work.spend(steps));
    }
    default:
      return (value, _folded, run) => {
        // Folding of both, and the order.
        run.work.spend(4 * (value.length + text.length));
        return kind.relation?.(comparator.compare(value, text)) ? noWildcards : undefined;
      };
  }
}
