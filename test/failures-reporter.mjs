// A reporter of node:test that keeps only what failed: name, place, and the error with its cause. bin/launch.mjs has
// each group of test files write one and prints them at the very end, where a long run's reader looks first.
import { inspect } from 'node:util';

/** The longest account of one failure, in characters: an assertion may hold a whole page. */
const longest = 4000;

export default async function* failuresOnly(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:fail') continue;
    const { error, type: kind } = data.details;
    // A suite fails because a test in it did, and that one is told itself.
    if (kind === 'suite' || error?.failureType === 'subtestsFailed') continue;
    const words = inspect(error?.cause ?? error, { depth: 4, breakLength: 120 }).slice(0, longest);
    yield `✖ ${data.name}\n  ${data.file ?? 'unknown file'}:${data.line ?? 0}\n  ${words.replaceAll('\n', '\n  ')}\n\n`;
  }
}
