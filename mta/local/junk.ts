// Where a letter to an account goes: to its inbox, or to its folder for junk. It goes there when the door marked it
// (`X-Facteur-Verdict: junk`), when a scanner of the site did (`X-Spam-Flag: YES`, where control/junkfolder says so), or
// when the account's own filter, once it has learned enough, takes it for junk. Never anywhere else, and never nowhere:
// what goes wrong here leaves the letter to the inbox.

import { constants } from 'node:fs';
import { join } from 'node:path';
import { AccountFlag } from '../accounts/types.ts';
import { type Log, quoted } from '../log.ts';
import { describeError, dropFile, openFile, readWhole } from '../maildir/calls.ts';
import { findJunkFolder } from '../maildir/junk-folder.ts';
import type { NameSource } from '../maildir/name.ts';
import type { FileOwner } from '../maildir/private-file.ts';
import type { FilterReader } from '../trust/bayes/filter-file.ts';
import { letterBytes } from '../trust/bayes/letter.ts';
import { makeJunkLine, readMarks } from '../trust/junk-fields.ts';

/** Control files, as they are now. */
export interface JunkSettings {
  /** 0: junk is no folder's business; 1: what our doors marked; 2: also X-Spam-Flag. */
  readonly junkfolder: number;
  /** 1: the filters of the accounts are asked. */
  readonly junkfilter: number;
}

/** A letter for the Maildir of an account. */
export interface JunkQuestion {
  /** The account's directory, which holds its Maildir. */
  readonly directory: string;
  readonly owner: FileOwner;
  readonly flags: number;
  readonly message: Buffer | undefined;
  /** Read when there is no message in memory. */
  readonly path: string;
}

export interface JunkPlace {
  /** Relative to the account's directory. */
  readonly maildir: string;
  /** For the top of the letter; '' or with its line feed. */
  readonly line: string;
}

export interface JunkDesk {
  /** Looks at what a letter to this account will be asked about. Never rejects. */
  prepare(directory: string, owner: FileOwner): Promise<void>;
  /** Undefined: the inbox. Never rejects. */
  choosePlace(question: JunkQuestion): Promise<JunkPlace | undefined>;
}

export interface JunkDeskParts {
  readonly settings: () => JunkSettings;
  readonly filters: FilterReader;
  readonly names: NameSource;
  readonly log: Log;
}

export function createJunkDesk({ settings, filters, names, log }: JunkDeskParts): JunkDesk {
  async function isJunk(question: JunkQuestion): Promise<string | undefined> {
    const { junkfolder, junkfilter } = settings();
    if (junkfolder === 0 && junkfilter === 0) return undefined;
    const letter = question.message ?? (await readBeginning(question.path));
    if (junkfolder > 0) {
      const { verdict, isFlagged } = readMarks(letter);
      if (verdict?.outcome === 'junk') return '';
      // spec/vpopmail.md 4: NO_SPAMASSASSIN is no scan at all, so that nobody's mark counts.
      if (junkfolder > 1 && isFlagged && !(question.flags & AccountFlag.noSpamAssassin)) return '';
    }
    if (junkfilter === 0) return undefined;
    const filter = await filters.read(question.directory, question.owner);
    if (filter === undefined || filter.use === 'no') return undefined;
    const judgement = filter.judge(letter);
    return judgement?.isJunk ? makeJunkLine(judgement.score, judgement.words) : undefined;
  }

  return {
    async prepare(directory, owner) {
      // What is wrong is found again, and told, by the delivery.
      if (settings().junkfilter !== 0) await filters.read(directory, owner).catch(() => undefined);
    },
    async choosePlace(question) {
      try {
        const line = await isJunk(question);
        if (line === undefined) return undefined;
        const folder = await findJunkFolder(join(question.directory, 'Maildir'), question.owner, names);
        return { maildir: `Maildir/${folder}`, line };
      } catch (error) {
        log(
          `warning: cannot ask whether a letter is junk in ${quoted(question.directory)}: ${describeError(error)}`,
        );
        return undefined;
      }
    },
  };
}

async function readBeginning(path: string): Promise<Buffer> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await readWhole(descriptor, letterBytes);
  } finally {
    dropFile(descriptor);
  }
}
