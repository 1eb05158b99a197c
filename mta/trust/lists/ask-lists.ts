// Asks the DNS lists about one client and its domains: all at once, five seconds at most, once each. A list that does not
// answer in time lists nothing. Which lists there are is control/dnsbllist and control/rhsbllist.
import type { BlockList } from '../../control/block-lists.ts';
import type { RecordLookup } from '../../dns/record-lookup.ts';
import type { Finding } from '../types.ts';
import type { ListHealth } from './list-health.ts';
import { addressQuestion, domainQuestion, isListing, judgeListing, type ListCheck } from './list-names.ts';

/** Milliseconds that one client's or domain's lists may take. */
export const LIST_PATIENCE = 5000;

export interface ListAsker {
  readonly lookup: RecordLookup;
  readonly health: ListHealth;
  /** Milliseconds; LIST_PATIENCE unless told. */
  readonly patience?: number | undefined;
}

const kindOf = (check: ListCheck): 'ip' | 'domain' => (check === 'dnsbl' ? 'ip' : 'domain');

/** What one list says: a finding, nothing, or that it did not answer. */
type Said = Finding | 'free' | 'silent';

async function askList(
  { lookup, health }: ListAsker,
  list: BlockList,
  check: ListCheck,
  what: string,
): Promise<Said> {
  const kind = kindOf(check);
  const question = kind === 'ip' ? addressQuestion(what, list.zone) : domainQuestion(what, list.zone);
  if (question === undefined) return 'free';
  const wantsText = list.text === '' && (list.action === 'reject' || list.action === 'defer');
  const [state, answer, texts] = await Promise.all([
    health.state(kind, list.zone, lookup),
    lookup.records(question, 'A'),
    wantsText ? lookup.records(question, 'TXT') : undefined,
  ]);
  if (state === 'everything') return 'free';
  if (answer.kind === 'soft') return 'silent';
  if (answer.kind === 'none' || !isListing(list, answer.values)) return 'free';
  return judgeListing(list, check, what, texts?.kind === 'found' ? texts.values : []);
}

/**
 * Looks one address or domain up.
 * @param failsClosed one that does not answer counts as a listing for now
 * @returns in the order of the lists; when one of them welcomes the client, what the others refuse is only noted
 */
export async function askLists(
  asker: ListAsker,
  lists: readonly BlockList[],
  check: ListCheck,
  what: string,
  failsClosed = false,
): Promise<readonly Finding[]> {
  if (lists.length === 0) return [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), asker.patience ?? LIST_PATIENCE);
  });
  const said = await Promise.all(
    lists.map((list) => Promise.race([askList(asker, list, check, what), late])),
  );
  clearTimeout(timer);
  const findings = said.flatMap((each, index): readonly Finding[] => {
    if (each === 'free') return [];
    if (each !== 'silent') return [each];
    const { zone, action } = lists[index]!;
    const silent = { check, result: 'temperror', score: 0, words: zone };
    return failsClosed && (action === 'defer' || action === 'reject')
      ? [{ ...silent, measure: 'defer', reply: `451 4.7.1 the list ${zone} does not answer, try later` }]
      : [silent];
  });
  return isAllowed(findings) ? findings.map(withoutMeasure) : findings;
}

/** Does a list welcome the client? */
export const isAllowed = (findings: readonly Finding[]): boolean =>
  findings.some(({ result }) => result === 'allowed');

/** What was found, without what is to be done about it. */
export const withoutMeasure = ({ check, result, score, words }: Finding): Finding => ({
  check,
  result,
  score,
  words,
});
