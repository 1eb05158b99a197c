// Reading and changing annotations (annotations.ts) inside the index worker. Changes run one after another, so that two
// sessions lose nothing of each other's; who is told of them is the asker's business.
import {
  accountAnnotations,
  applyAnnotations,
  folderAnnotations,
  mostAccountBytes,
  readAnnotations,
  weighAnnotations,
  writeAnnotations,
} from './annotations.ts';
import { type AccountContext, folderPath, lstatExact } from './context.ts';
import { requireFolder } from './folder-changes.ts';
import type { AnnotationChange, AnnotationRefusal } from './uid-types.ts';

export interface AnnotationCalls {
  annotationsRead(folder: string): Promise<ReadonlyMap<string, string>>;
  annotationsChange(
    folder: string,
    changes: readonly AnnotationChange[],
  ): Promise<AnnotationRefusal | undefined>;
}

export function createAnnotationCalls(context: AccountContext): AnnotationCalls {
  const place = async (folder: string): Promise<{ readonly path: string; readonly name: string }> =>
    folder === ''
      ? { path: context.maildir, name: accountAnnotations }
      : { path: folderPath(context, await requireFolder(context, folder)), name: folderAnnotations };

  async function change(
    folder: string,
    changes: readonly AnnotationChange[],
  ): Promise<AnnotationRefusal | undefined> {
    const { path, name } = await place(folder);
    const before = await readAnnotations(context, path, name);
    const after = applyAnnotations(before, changes);
    if (typeof after === 'string') return after;
    const more = weighAnnotations(after) - weighAnnotations(before);
    if (more > 0 && (await sumFiles(context)) + more > mostAccountBytes) return 'too many';
    await writeAnnotations(context, path, name, after);
    return undefined;
  }

  return {
    async annotationsRead(folder) {
      const { path, name } = await place(folder);
      return readAnnotations(context, path, name);
    },
    annotationsChange: (folder, changes) => context.exclusive(() => change(folder, changes)),
  };
}

/** Bytes of the annotations of all folders and of the account, as they lie on disk. */
async function sumFiles(context: AccountContext): Promise<number> {
  let sum = 0;
  const add = async (path: string): Promise<void> => {
    sum += Number((await lstatExact(path))?.size ?? 0);
  };
  await add(`${context.maildir}/${accountAnnotations}`);
  for (const folder of [...context.folders.values()])
    await add(`${folderPath(context, folder)}/${folderAnnotations}`);
  return sum;
}

/** RFC 5464 4.1: INBOX keeps its annotations when it is renamed, and the new folder gets the same. */
export async function copyAnnotations(
  context: AccountContext,
  from: { readonly directory: string },
  to: { readonly directory: string },
): Promise<void> {
  const annotations = await readAnnotations(context, folderPath(context, from), folderAnnotations);
  if (annotations.size > 0)
    await writeAnnotations(context, folderPath(context, to), folderAnnotations, annotations);
}
