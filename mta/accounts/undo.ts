// Changes of several files that are there as a whole or not at all: each step says how it is taken back, and when a later
// one fails, the earlier ones are taken back in reverse order. A step that cannot be taken back is told with the error.

/** Takes one step back. */
export type Undo = () => Promise<unknown>;

/** Takes all steps back, the last one first, whichever fail. Throws an error with the words of those. */
export async function takeBack(undo: readonly Undo[]): Promise<void> {
  const stuck: unknown[] = [];
  for (const step of undo.toReversed()) await step().catch((why: unknown) => stuck.push(why));
  if (stuck.length > 0) throw new Error(stuck.map((why) => (why as Error).message).join('; '));
}

/** Runs `work`, which pushes what takes its steps back. Throws what work throws, after taking back. */
export async function withUndo<T>(work: (undo: Undo[]) => Promise<T>): Promise<T> {
  const undo: Undo[] = [];
  try {
    return await work(undo);
  } catch (error) {
    const words = await takeBack(undo).then(
      () => undefined,
      (stuck: Error) => stuck.message,
    );
    if (words === undefined) throw error;
    throw new Error(`${(error as Error).message}; and what was done could not be taken back: ${words}`, {
      cause: error,
    });
  }
}
