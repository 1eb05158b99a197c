// What a compiler of tables writes (tcprules, ofmipname): under its second name first, synced, then renamed, so that
// readers see the old table or the new one, also after a power cut.
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile, syncDirectory } from '../accounts/durable.ts';
import { unlinkFile } from '../maildir/calls.ts';
import { systemFatal } from './fatal.ts';

/** Replaces `target` by way of `temporary`, in the same file system. @throws Fatal naming the file that is in the way */
export async function replaceCompiled(target: string, temporary: string, bytes: Buffer): Promise<void> {
  try {
    await unlinkFile(temporary).catch(() => undefined); // createFile tells what is wrong
    // umask 033, as qmail's compilers: those who read it are others than those who write it.
    await createFile(temporary, bytes, 0o644);
  } catch (error) {
    throw systemFatal(`unable to create ${temporary}`, error);
  }
  try {
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    throw systemFatal(`unable to move ${temporary} to ${target}`, error);
  }
}
