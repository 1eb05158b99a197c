// Changes of several files that are there as a whole or not at all: each step says how it is taken back, and when a later
// one fails, the earlier ones are taken back in reverse order. A step that cannot be taken back is told with the error.

/** Takes one step back. */
export type Undo = () => Promise<unknown>;

/** Runs `work`, which pushes what takes its steps back. Throws what work throws, after taking back. */
export async function withUndo<T>(work: (undo: Undo[]) => Promise<T>): Promise<T> {
  const undo: Undo[] = [];
  try {
    return await work(undo);
  } catch (error) {
    const stuck: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((why: unknown) => stuck.push(why));
    if (stuck.length === 0) throw error;
    const words = stuck.map((why) => (why as Error).message).join('; ');
    throw new Error(`${(error as Error).message}; and what was done could not be taken back: ${words}`, {
      cause: error,
    });
  }
}
