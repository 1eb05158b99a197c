// Which drafts are on their way out: an empty file each, STATE/outbox/<account>/<draft>, made before the draft says so and
// removed after everything that belongs to sending is done. At a start these few names are all that must be looked at.
// Guarantees: a mark that `add` made survives a power cut; what it means is in the draft itself (compose/drafts.ts).
import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDraftId, syncPath } from '../compose/drafts.ts';
import { addressOfSpool, namesIn } from '../state/spools.ts';

export interface Mark {
  readonly address: string;
  readonly draft: string;
}

export interface Marks {
  add(mark: Mark): Promise<void>;
  remove(mark: Mark): Promise<void>;
  /** All of them, of every account. */
  list(): Promise<readonly Mark[]>;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

export function createMarks(state: string): Marks {
  const root = join(state, 'outbox');
  const directoryOf = (address: string): string => {
    // an address holds `@`, so the encoded form is never `.` or `..`
    if (!address.includes('@')) throw new Error('outbox: an account is name@domain');
    return join(root, encodeURIComponent(address.toLowerCase()));
  };
  const pathOf = ({ address, draft }: Mark): string => {
    if (!isDraftId(draft)) throw new Error('outbox: not a draft id');
    return join(directoryOf(address), draft);
  };
  return {
    async add(mark) {
      const directory = directoryOf(mark.address);
      const made = await mkdir(directory, { recursive: true, mode: 0o700 });
      const file = await open(pathOf(mark), 'a', 0o600);
      await file.close();
      await syncPath(directory);
      if (made !== undefined) for (const path of [root, state]) await syncPath(path);
    },
    async remove(mark) {
      try {
        await unlink(pathOf(mark));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    },
    async list() {
      const found: Mark[] = [];
      for (const name of await namesIn(root)) {
        const address = addressOfSpool(name);
        if (address === undefined) continue;
        for (const draft of await namesIn(join(root, name)))
          if (isDraftId(draft)) found.push({ address, draft });
      }
      return found;
    },
  };
}
