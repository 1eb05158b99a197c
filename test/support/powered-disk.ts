// A disk whose power can be cut: an ext4 file system of its own in a loop device, cut off by EXT4_IOC_SHUTDOWN without its
// log being flushed, as a power cut does, and mounted anew. For who may mount (root).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withTemporaryDirectory } from './queue.ts';

export const dataModes = ['ordered', 'writeback'] as const;
export type DataMode = (typeof dataModes)[number];

/** EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32); flag 2 is "no log flush": what only memory holds is gone. */
const shutdown = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`;

/** An ext4 file system in a file, on a loop device. */
export class PoweredDisk {
  #image: string;
  readonly #data: DataMode;
  readonly directory: string;

  constructor(place: string, data: DataMode = 'ordered') {
    this.#data = data;
    this.#image = join(place, 'disk.img');
    this.directory = join(place, 'disk');
  }

  async make(): Promise<void> {
    await mkdir(this.directory);
    execFileSync('truncate', ['-s', '192M', this.#image]);
    execFileSync('mkfs.ext4', ['-q', '-F', this.#image]);
    await this.mount();
  }

  /**
   * Where another mount namespace still has the dead file system, the kernel gives that again: then a copy of the disk is
   * mounted, which is another device. Nothing writes to the dead one any more.
   */
  async mount(): Promise<void> {
    for (let tries = 5; ; tries--) {
      const options = `loop,data=${this.#data}`;
      execFileSync('mount', ['-o', options, this.#image, this.directory], { stdio: 'pipe' });
      try {
        await writeFile(join(this.directory, 'alive'), '');
        return;
      } catch (error) {
        if (tries === 0) throw error;
        await this.unmount();
        const copy = `${this.#image}.again`;
        execFileSync('cp', ['--sparse=always', this.#image, copy]);
        await rm(this.#image);
        this.#image = copy;
      }
    }
  }

  /** Waits for processes of the killed server that are just ending. */
  async unmount(): Promise<void> {
    for (let tries = 100; ; tries--) {
      const { status, stderr } = spawnSync('umount', [this.directory], { encoding: 'utf8' });
      if (status === 0) return;
      if (tries === 0) throw new Error(stderr);
      await pause(100);
    }
  }

  /** From here on nothing reaches the disk; what is open fails with EIO. */
  cutPower(): void {
    execFileSync('python3', ['-c', shutdown, this.directory], { stdio: 'pipe' });
  }
}

/** Why this machine cannot cut the power; false when it can. */
export async function noPowerCuts(): Promise<string | false> {
  if (process.geteuid?.() !== 0) return 'needs root for mount';
  for (const [program, ...args] of [
    ['python3', '-V'],
    ['mkfs.ext4', '-V'],
    ['mount', '-V'],
  ] as const)
    if (spawnSync(program, args).status !== 0) return `${program} is not installed`;
  return withTemporaryDirectory(async (place) => {
    const disk = new PoweredDisk(place);
    try {
      await disk.make();
    } catch (error) {
      return `loop mounts do not work here: ${(error as Error).message.trim()}`;
    }
    try {
      disk.cutPower();
      return false;
    } catch {
      return 'this kernel does not know EXT4_IOC_SHUTDOWN';
    } finally {
      await disk.unmount();
    }
  });
}
