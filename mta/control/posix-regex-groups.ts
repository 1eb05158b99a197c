// Where a compiled POSIX expression matches, and its groups: all states are carried along together with the places of
// their groups (as Pike's machine does), so that the work stays at most text times expression. The match is the leftmost
// one and of those the longest (POSIX.1-2017 XBD 9.1); groups take as much as they can, from left to right.
import { MOST_GROUPS, OUTSIDE, type Step } from './posix-regex.ts';

interface State {
  readonly at: number;
  /** Places of groups; [0] is where the match begins. Shared, never changed. */
  readonly places: readonly number[];
}

/** What a character costs where nothing has begun; what a state costs. In steps of the caller's budget, some 3 ns each. */
const IDLE_COST = 1;
const STATE_COST = 8;
const SAVE_COST = 30;

/** May a match begin before a character of this code? OUTSIDE is the end of the text. */
export type Start = (code: number) => boolean;

/** Which characters can begin a match, asked of the steps once for each of ASCII. */
export function findStarts(steps: readonly Step[]): Start {
  const sets: ((code: number) => boolean)[] = [];
  const seen = new Set<number>();
  const pending = [0];
  let isAlways = false;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const step = steps[at]!;
    if (step.kind === 'match') isAlways = true;
    else if (step.kind === 'jump') pending.push(step.to);
    else if (step.kind === 'split') pending.push(step.left, step.right);
    else if (step.kind === 'set') sets.push(step.holds);
    // An assertion may hold.
    else pending.push(at + 1);
  }
  if (isAlways) return () => true;
  const ask = (code: number): boolean => code !== OUTSIDE && sets.some((holds) => holds(code));
  const known = Uint8Array.from({ length: 128 }, (_, code) => (ask(code) ? 1 : 0));
  return (code) => (code >= 0 && code < 128 ? known[code] === 1 : ask(code));
}

/** `folded` is what the steps see, `text` what is cut out; both have one length. */
export function findGroups(
  steps: readonly Step[],
  canStart: Start,
  groupCount: number,
  folded: string,
  text: string,
  spend: (steps: number) => void,
): readonly string[] | undefined {
  const seen = new Uint32Array(steps.length);
  const pending: State[] = [];
  let best: { readonly places: readonly number[]; readonly end: number } | undefined;
  let current: State[] = [];
  let visited = 0;
  /** Adds a state and all that it reaches without a character, the preferred way first. */
  const add = (list: State[], from: State, place: number, before: number, after: number): void => {
    pending.push(from);
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      const { at, places } = state;
      visited += STATE_COST;
      if (seen[at] === place + 1) continue;
      seen[at] = place + 1;
      const step = steps[at]!;
      if (step.kind === 'match') {
        // States come with the earliest begin first, and each place is later than those before it.
        if (
          best === undefined ||
          places[0]! < best.places[0]! ||
          (places[0] === best.places[0] && place > best.end)
        )
          best = { places, end: place };
      } else if (step.kind === 'jump') pending.push({ at: step.to, places });
      else if (step.kind === 'split') pending.push({ at: step.right, places }, { at: step.left, places });
      else if (step.kind === 'set') list.push(state);
      else if (step.kind === 'save') {
        visited += SAVE_COST;
        const moved = places.slice();
        while (moved.length <= step.index) moved.push(-1);
        moved[step.index] = place;
        pending.push({ at: at + 1, places: moved });
      } else if (step.holds(before, after)) pending.push({ at: at + 1, places });
    }
  };
  const codeAt = (at: number): number => (at < 0 || at >= folded.length ? OUTSIDE : folded.charCodeAt(at));
  let entered: State[] = [];
  for (let place = 0; place <= folded.length; place++) {
    const [before, after] = [codeAt(place - 1), codeAt(place)];
    if (entered.length === 0 && best === undefined && !canStart(after)) {
      visited += IDLE_COST;
      if (visited > 10_000) {
        spend(visited);
        visited = 0;
      }
      continue;
    }
    current = [];
    for (const state of entered)
      if (best === undefined || state.places[0]! <= best.places[0]!)
        add(current, state, place, before, after);
    if (best === undefined && canStart(after)) add(current, { at: 0, places: [place] }, place, before, after);
    spend(1 + visited);
    visited = 0;
    entered = [];
    if (after === OUTSIDE || (current.length === 0 && best !== undefined)) break;
    for (const state of current) {
      const step = steps[state.at]!;
      if (step.kind === 'set' && step.holds(after)) entered.push({ at: state.at + 1, places: state.places });
    }
  }
  if (best === undefined) return undefined;
  const { places, end } = best;
  const groups = [text.slice(places[0], end)];
  for (let group = 1; group <= Math.min(groupCount, MOST_GROUPS); group++) {
    const [from = -1, to = -1] = [places[2 * group], places[2 * group + 1]];
    groups.push(from >= 0 && to >= from ? text.slice(from, to).toWellFormed() : '');
  }
  return groups;
}
