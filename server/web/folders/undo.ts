// What puts a change of folders back (webmail.md N10): a renamed or deleted folder gets its old name again, a made one
// goes while it is empty, a removed one, which was empty, is made again. Says in words why not.
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { MailboxRefusal } from '../../mailbox/uid-types.ts';
import { followFolder, startRules } from '../filters/folders.ts';
import type { WebParts } from '../web.ts';

export type FolderUndo =
  | {
      readonly kind: 'folder';
      readonly change: 'rename';
      readonly from: string;
      readonly to: string;
      /** Rules that were turned off with it, when it was deleted. */
      readonly rules?: readonly string[];
    }
  /** Innermost first. */
  | { readonly kind: 'folder'; readonly change: 'remove'; readonly names: readonly string[] }
  /** Outermost first. */
  | {
      readonly kind: 'folder';
      readonly change: 'create';
      readonly names: readonly string[];
      readonly rules?: readonly string[];
    };

/** Makes a folder that is shown in lists of folders. */
export async function makeFolder(mailbox: Mailbox, name: string): Promise<void> {
  await mailbox.uids.createFolder(name);
  await mailbox.showFolders([name], []);
}

/** Removes a folder with what it holds, and forgets that it was shown. */
export async function removeFolder(mailbox: Mailbox, name: string): Promise<void> {
  await mailbox.uids.removeFolder(name);
  await mailbox.uids.setSubscribed(name, false);
}

/** Renames a folder with those below it; what the person chose of them by name goes along. */
export async function renameFolder(
  web: WebParts,
  req: Request,
  mailbox: Mailbox,
  from: string,
  to: string,
): Promise<void> {
  await mailbox.uids.renameFolder(from, to);
  const renamed = (name: string): string =>
    name === from || name.startsWith(`${from}.`) ? to + name.slice(from.length) : name;
  const { closedFolders, otherView, startFolder } = web.choices(req);
  web.choose(req, {
    closedFolders: closedFolders.map(renamed),
    otherView: otherView.map(renamed),
    startFolder: renamed(startFolder),
  });
  await followFolder(web, req, from, to);
}

/** Tells the web how changes of folders are undone. */
export function undoFolders(web: WebParts): void {
  web.undoWith('folder', async (req, payload) => {
    const { t } = web.shell.localsOf(req);
    const undo = payload as FolderUndo;
    const mailbox = await web.mailbox(req);
    try {
      if (undo.change === 'rename') {
        await renameFolder(web, req, mailbox, undo.from, undo.to);
        await startRules(web, req, undo.rules ?? []);
      } else if (undo.change === 'create') {
        for (const name of undo.names) await makeFolder(mailbox, name);
        await startRules(web, req, undo.rules ?? []);
      } else {
        for (const name of undo.names) {
          if (!(await mailbox.removeEmptyFolder(name))) throw new Error(t('folders.undoFilled'));
        }
      }
    } catch (error) {
      if (!(error instanceof MailboxRefusal)) throw error;
      throw new Error(t(error.refusal === 'exists' ? 'folders.undoTaken' : 'folders.undoGone'));
    }
  });
}
