// Where the rewriting instructions of new-inject and ofmipd come from (rewriting(5)): the file of $QMAILREWRITEFILE,
// else control/rewrite, else defaulthost, defaultdomain and plusdomain with the variables that override them.
import { readFile } from 'node:fs/promises';
import { readHostRuleLines } from '../control/rewrite-lines.ts';
import type { Settings } from '../control/settings.ts';
import { firstVariable, toByteString } from '../inject/header/author.ts';
import {
  defaultHostRules,
  type HostRewrite,
  type HostRule,
  rewriteHost,
} from '../inject/header/host-rules.ts';
import { errorCode } from '../maildir/calls.ts';
import { systemFatal } from './fatal.ts';

export const rewriteSettingNames = ['rewrite', 'defaulthost', 'defaultdomain', 'plusdomain'] as const;

/** @throws ControlError when a line is no instruction; Fatal 111 when the file cannot be read */
export async function readHostRewrite(
  env: Readonly<NodeJS.ProcessEnv>,
  settings: Pick<Settings, (typeof rewriteSettingNames)[number]>,
): Promise<HostRewrite> {
  const own = env.QMAILREWRITEFILE === undefined ? undefined : await readRuleFile(env.QMAILREWRITEFILE);
  const rules = own ?? settings.rewrite;
  if (rules !== undefined) return (host) => rewriteHost(host, rules);
  const name = (variable: string, value: string): string =>
    firstVariable(env, variable) ?? toByteString(value);
  const usual = defaultHostRules({
    defaulthost: name('QMAILDEFAULTHOST', settings.defaulthost),
    defaultdomain: name('QMAILDEFAULTDOMAIN', settings.defaultdomain),
    plusdomain: name('QMAILPLUSDOMAIN', settings.plusdomain),
  });
  return (host) => rewriteHost(host, usual);
}

/** A missing file says nothing. */
async function readRuleFile(path: string): Promise<readonly HostRule[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemFatal('unable to read $QMAILREWRITEFILE', error);
  }
  return readHostRuleLines({ path, text, me: undefined });
}
