// How slow this machine is at this moment, for tests that hold a time: what a user would wait is measured in starts of a
// bare Node, so that a busy machine fails nobody, and a program that grew slower fails everywhere.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds that a bare Node takes on the machine that the times were agreed for, with nothing beside it. */
const usualStart = 45;

/** 1: as agreed, or quicker; 2: everything takes twice the time. */
export async function slowness(): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries++) {
    const began = performance.now();
    await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
    best = Math.min(best, performance.now() - began);
  }
  return Math.max(1, best / usualStart);
}
