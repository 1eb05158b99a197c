// ezmlm-split: passes requests on to sublists by the domain of the subscriber, as DIR/split says (ezmlm-split(1)). A list without
// that file, which is nearly every one, has nothing to pass on. One with it is of a site that spreads its members over hosts;
// its requests are put off with words that say so, rather than be done at the wrong place.
import { ListError } from './errors.ts';
import { openList } from './list.ts';
import type { ListProgram } from './program.ts';
import { readProgramWords } from './program-options.ts';

export const usage = 'ezmlm-split: usage: ezmlm-split [-dD] dir [splitfile]';

export const ezmlmSplit: ListProgram = async (call) => {
  const { directory, rest } = readProgramWords(call, 'dDvV', usage);
  const list = await openList(directory, { etc: call.etc });
  const name = rest[0] ?? 'split';
  if ((await list.lines(name)) === undefined) return { status: 0, output: '' };
  if (!/^(?:un)?subscribe/i.test((call.env.DEFAULT ?? '').replace(/^digest-/i, '')))
    return { status: 0, output: '' };
  throw new ListError(
    111,
    `${directory}/${name}: requests are not passed on to sublists here; run ezmlm's own ezmlm-split`,
  );
};
