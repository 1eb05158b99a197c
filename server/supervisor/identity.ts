// Whose rights a process that was started as root uses for one piece of work (seteuid(2)): mostly those of one user, for a
// moment root's or another's. Work as that one user goes on side by side; other work waits for it, runs alone, and what
// comes meanwhile waits in turn. The effective ids are the whole process's, its threads included.

/** User and group. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const root: Identity = { uid: 0, gid: 0 };

/** Runs work as a user, or as root (undefined). Work must not ask for another identity from within. */
export type RunAs = <T>(identity: Identity | undefined, work: () => Promise<T>) => Promise<T>;

/** Takes the usual identity at once and for good, but for the moments of `RunAs`. Other groups are dropped. */
export function assumeIdentity(usual: Identity): RunAs {
  process.setgroups?.([]);
  become(usual);
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

  return async (identity, work) => {
    const wanted = identity ?? root;
    const isUsual = wanted.uid === usual.uid && wanted.gid === usual.gid;
    await enter(!isUsual);
    try {
      if (!isUsual) become(wanted);
      return await work();
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

/** Only root may take any identity: first back to root, then the group, the user last. */
function become({ uid, gid }: Identity): void {
  process.seteuid?.(0);
  process.setegid?.(gid);
  if (uid !== 0) process.seteuid?.(uid);
}
