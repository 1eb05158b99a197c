// What vpopmail's account commands have in common: `-r[len]`, a password from the arguments or asked for, and the end:
// silent success, or `Error: TEXT` on standard output and the code & 255 as exit status (spec/vpopmail.md 3.1).

import { AssignError } from '../accounts/assign.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { LockBusyError } from '../accounts/lock.ts';
import { isUserName, MAX_DOMAIN_NAME, parseEmail } from '../accounts/names.ts';
import { PasswordPolicyError } from '../accounts/password-policy.ts';
import type { CommandContext } from './command.ts';

/** The version that `-v` prints: the vpopmail whose ways we follow. */
export const VPOPMAIL_VERSION = '5.6.13';

/** Exit status 255, code -1. */
export const FAILED = 255;

/** Ends a command that failed: words on standard output, exit status. Anything but a refusal is shown with its cause. */
export function reportFailure(error: unknown, context: CommandContext): number {
  if (error instanceof VpopmailError) {
    context.stdout.write(`Error: ${error.text}\n`);
    if (error instanceof PasswordPolicyError) {
      if (error.policy !== '') context.stdout.write(`A password policy is in place:\n\t${error.policy}\n`);
      return error.exitStatus;
    }
    if (error.message !== error.text) context.stderr.write(`${error.message}\n`);
    return error.exitStatus;
  }
  const isOfTheWorld =
    error instanceof LockBusyError ||
    error instanceof AssignError ||
    (error as NodeJS.ErrnoException).syscall !== undefined ||
    (error as Error).name === 'ControlError' ||
    (error as Error).name === 'CdbError' ||
    (error as Error).cause !== undefined;
  if (!isOfTheWorld) throw error;
  context.stdout.write(`Error: ${(error as Error).message}\n`);
  return new VpopmailError(-17).exitStatus;
}

/** The address of an argument, complained about as vpopmail does; undefined: it was. */
export function readAddress(
  text: string,
  context: CommandContext,
): { readonly name: string; readonly domain: string } | undefined {
  const { name, domain } = parseEmail(text);
  if (!isUserName(name) && name.length <= 64) {
    context.stderr.write(`user invalid ${JSON.stringify(name)}\n`);
  } else if (!/^[a-z0-9.-]*$/.test(domain) || domain.length > MAX_DOMAIN_NAME) {
    context.stderr.write(`domain invalid ${JSON.stringify(domain)}\n`);
  } else {
    return { name, domain: domain || (context.env.VPOPMAIL_DOMAIN ?? '') };
  }
  context.stdout.write('Error: Illegal username\n');
  return undefined;
}

/** The length of `-r[len]`; throws VpopmailError for more than 128. */
export function randomLength(value: string, usual: number): number {
  if (value === '') return usual;
  const length = /^[0-9]{1,4}$/.test(value) ? Number(value) : 0;
  if (length > 128) throw new VpopmailError(-27);
  return length > 0 ? length : usual;
}
