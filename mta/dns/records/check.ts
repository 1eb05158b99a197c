// Looks at what is published for a domain and judges it: all questions at once, each with its own time, and an end to the
// whole. A resolver that is silent, fails or answers nonsense makes rows that say so; nothing here rejects for it.
import { isIP } from 'node:net';
import type { Answer } from '../lookup.ts';
import type { RecordLookup } from '../record-lookup.ts';
import { recordKinds } from './kinds.ts';
import type { Question, RecordRow, SiteFacts } from './types.ts';

/** Records of one name that are looked at, and characters of each. */
const MOST_RECORDS = 50;
const MOST_CHARACTERS = 1000;

const soft: Answer<string> = { kind: 'soft' };

async function askQuestion(lookup: RecordLookup, question: Question): Promise<Answer<string>> {
  const { name, type, climbs, instead } = question;
  if (instead !== undefined) {
    const answers = await Promise.all([type, ...instead].map((each) => lookup.records(name, each)));
    // One that nobody can tell may be the one that is there.
    return (
      answers.find(({ kind }) => kind === 'found') ??
      answers.find(({ kind }) => kind === 'soft') ??
      answers[0]!
    );
  }
  if (climbs !== true) return lookup.records(name, type);
  const [, prefix = '', host = name] = /^(_[^.]+\.)?(.*)$/.exec(name) ?? [];
  const labels = host.split('.');
  const names = labels.slice(0, -1).map((_, at) => prefix + labels.slice(at).join('.'));
  const answers = await Promise.all(names.map((each) => lookup.records(each, type)));
  return answers.find(({ kind }) => kind !== 'none') ?? answers[0] ?? soft;
}

function rowOf(question: Question, answer: Answer<string>): RecordRow {
  const { kind, name, type, wanted, isOptional } = question;
  const published =
    answer.kind === 'found'
      ? answer.values.slice(0, MOST_RECORDS).map((each) => each.slice(0, MOST_CHARACTERS))
      : [];
  const judged =
    answer.kind === 'soft' ? ({ verdict: 'unknown', why: 'no-answer' } as const) : question.judge(published);
  return { kind, name, type, wanted, isOptional, published, ...judged };
}

/**
 * The rows of a domain: one for each record that is wanted, and for each that is there though it should not be.
 * @param patience milliseconds for all of it
 */
export async function checkRecords(
  site: SiteFacts,
  lookup: RecordLookup,
  patience = 8000,
): Promise<readonly RecordRow[]> {
  const { promise: late, resolve } = Promise.withResolvers<Answer<string>>();
  const timer = setTimeout(() => resolve(soft), patience);
  const ask = async (question: Question): Promise<RecordRow> =>
    rowOf(question, await Promise.race([askQuestion(lookup, question), late]));
  const questionsOf = (resolved: readonly string[]) =>
    recordKinds.flatMap((kind) => kind.questions(site, resolved).map((question) => ({ question, kind })));
  try {
    const first = await Promise.all(questionsOf([]).map(async ({ question }) => ask(question)));
    // Who does not know his own addresses takes those of the host's name: only then their names can be asked for.
    const resolved = first
      .filter(({ kind, name }) => kind === 'address' && name === site.host)
      .flatMap(({ published }) => published.filter((each) => isIP(each) !== 0))
      .slice(0, 8);
    const known = new Map(first.map((row) => [`${row.name} ${row.type}`, row]));
    const rows = await Promise.all(
      questionsOf(resolved).map(
        ({ question }) => known.get(`${question.name} ${question.type}`) ?? ask(question),
      ),
    );
    return rows.filter(
      ({ wanted, published, verdict }) =>
        wanted.length > 0 || (published.length > 0 && verdict !== 'right') || verdict === 'missing',
    );
  } finally {
    clearTimeout(timer);
  }
}
