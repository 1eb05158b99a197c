// Whose rights a process that was started as root uses for one piece of work (seteuid(2)): mostly those of one user, for a
// moment root's or another's. Work as that one user goes on side by side; other work waits for it, runs alone, and what
// comes meanwhile waits in turn. Work that runs alone may do parts of itself, one after the other, as somebody else. The
// effective ids are the whole process's, its threads included.
import { AsyncLocalStorage } from 'node:async_hooks';

/** User and group. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const root: Identity = { uid: 0, gid: 0 };

/**
 * Runs work as a user, or as root (undefined). From within, only work that runs alone may ask for another identity, for one
 * part of it at a time.
 */
export type RunAs = <T>(identity: Identity | undefined, work: () => Promise<T>) => Promise<T>;

/** Takes the usual identity at once and for good, but for the moments of `RunAs`. Other groups are dropped. */
export function assumeIdentity(usual: Identity): RunAs {
  process.setgroups?.([]);
  become(usual);
  /** The work from which we are asked; what goes on after its end (a job, a timer) asks like anybody. */
  const within = new AsyncLocalStorage<{ readonly identity: Identity; isOver: boolean }>();
  let shared = 0;
  let isAlone = false;
  const waiting: { readonly wantsAlone: boolean; readonly go: () => void }[] = [];

  const letIn = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (isAlone || (next.wantsAlone && shared > 0)) return;
      waiting.shift();
      if (next.wantsAlone) isAlone = true;
      else shared += 1;
      next.go();
    }
  };
  const enter = (wantsAlone: boolean): Promise<void> =>
    new Promise((go) => {
      waiting.push({ wantsAlone, go });
      letIn();
    });

  const runWithin = async <T>(as: Identity, work: () => Promise<T>): Promise<T> => {
    const context = { identity: as, isOver: false };
    try {
      return await within.run(context, work);
    } finally {
      context.isOver = true;
    }
  };

  return async (identity, work) => {
    const wanted = identity ?? root;
    const outer = within.getStore();
    if (outer !== undefined && !outer.isOver) {
      if (isSame(outer.identity, wanted)) return work();
      if (isSame(outer.identity, usual)) throw new Error('work that is not alone asked for another identity');
      become(wanted);
      try {
        return await runWithin(wanted, work);
      } finally {
        become(outer.identity);
      }
    }
    const isUsual = isSame(wanted, usual);
    await enter(!isUsual);
    try {
      if (!isUsual) become(wanted);
      return await runWithin(wanted, work);
    } finally {
      if (isUsual) shared -= 1;
      else {
        become(usual);
        isAlone = false;
      }
      letIn();
    }
  };
}

const isSame = (one: Identity, other: Identity): boolean => one.uid === other.uid && one.gid === other.gid;

/** Only root may take any identity: first back to root, then the group, the user last. */
function become({ uid, gid }: Identity): void {
  process.seteuid?.(0);
  process.setegid?.(gid);
  if (uid !== 0) process.seteuid?.(uid);
}
