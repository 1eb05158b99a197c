// Short texts of a list: subjects and lines that stand in letters and refusals (text/messages of ezmlm-idx 7; ezmlm(5)
// TEXT/MESSAGES). Each is looked for by its name in text/messages of the list, of its language, of the site, and then here.
// `<#1#>` to `<#9#>` are what the program has to add.
import { join } from 'node:path';
import { readListFile } from './files.ts';
import type { MailingList } from './list.ts';
import { type Substitutions, substitute } from './substitution.ts';

const own: Readonly<Record<string, string>> = {
  SUB_CONFIRM_POST: 'Please confirm your message to <#L#>@<#H#>',
  SUB_DIGEST_ISSUE: '<#L#> Digest <#1#> Issue <#2#>',
  SUB_DIGEST_OF: '<#L#> Digest of: <#1#>',
  SUB_EDIT_LIST: 'Texts of <#L#>@<#H#> that can be changed',
  SUB_EDIT_REQUEST: 'Change the text <#1#> of <#L#>@<#H#>',
  SUB_EDIT_SUCCESS: 'Text <#1#> of <#L#>@<#H#> changed',
  SUB_FAQ: 'Questions and answers about <#L#>@<#H#>',
  SUB_GET_MSG: 'From the archive of <#L#>@<#H#>',
  SUB_GOODBYE: 'Goodbye from <#L#>@<#H#>',
  SUB_HELP: 'Help for <#L#>@<#H#>',
  SUB_INFO: 'About <#L#>@<#H#>',
  SUB_LIST: 'Subscribers of <#L#>@<#H#>',
  SUB_LOG: 'Log of <#L#>@<#H#>',
  SUB_LOG_SEARCH: 'Found in the log of <#L#>@<#H#>',
  SUB_MODERATE: 'To be moderated for <#L#>@<#H#>',
  SUB_MOD_HELP: 'Help for moderators of <#L#>@<#H#>',
  SUB_MOD_SUBSCRIBE: 'Please confirm: subscribe to <#L#>@<#H#>',
  SUB_MOD_UNSUBSCRIBE: 'Please confirm: remove from <#L#>@<#H#>',
  SUB_PROBE: 'Last try from <#L#>@<#H#>',
  SUB_RESULT_OF: '<#L#> Result of: <#1#>',
  SUB_RESULTS: '<#L#> results',
  SUB_RETURNED_POST: 'Your message to <#L#>@<#H#> comes back',
  SUB_STATUS: 'Is this address subscribed to <#L#>@<#H#>?',
  SUB_SUBSCRIBE_NOP: 'Already subscribed to <#L#>@<#H#>',
  SUB_UNSUBSCRIBE_NOP: 'Not subscribed to <#L#>@<#H#>',
  SUB_USR_SUBSCRIBE: 'Please confirm: subscribe to <#L#>@<#H#>',
  SUB_USR_UNSUBSCRIBE: 'Please confirm: leave <#L#>@<#H#>',
  SUB_WARNING: 'Messages of <#L#>@<#H#> come back from you',
  SUB_WELCOME: 'Welcome to <#L#>@<#H#>',
  TXT_ADMINISTRIVIA: 'About this list:',
  TXT_BY: 'by: <#1#>',
  // Moderators send these two back: programs know them.
  TXT_EDIT_END: '%%% END OF TEXT FILE',
  TXT_EDIT_START: '%%% START OF TEXT FILE',
  TXT_LISTMEMBERS: 'These addresses are subscribed:',
  // Other list programs know a list of ezmlm by these words.
  TXT_MAILING_LIST: 'contact <#L#>-help@<#H#>; run by ezmlm',
  TXT_ONLY_SUBSCRIBERS:
    'Only subscribers may write to this list. If you are one, write to <#L#>-owner@<#H#> to have this address added. (#5.7.2)',
  TXT_REJECT_POSTS:
    'Messages from you are not accepted here. If you have questions, write to <#L#>-owner@<#H#>. (#5.7.2)',
  TXT_SUPPRESSED: '<left out>',
  TXT_TOP_TOPICS: 'Topics (messages <#1#> through <#2#>)',
};

/** Names of the messages that are known here. */
export const messageNames: readonly string[] = Object.keys(own);

/**
 * One message, with its tags replaced. No target addresses: a message goes into a header.
 * @param parameters `<#1#>` and on. @returns byte string in one line; the name itself when nobody knows it
 */
export async function readMessage(
  list: MailingList,
  name: string,
  ...parameters: readonly string[]
): Promise<string> {
  const values: Substitutions = {
    outlocal: list.outlocal,
    mainlocal: list.outlocal,
    outhost: list.outhost,
    directory: list.directory,
    parameters: [name, ...parameters],
    target: '',
    verpTarget: '',
  };
  return substitute(await findMessage(list, name), values).replace(/[\r\n]/g, ' ');
}

async function findMessage(list: MailingList, name: string): Promise<string> {
  for (const place of list.places) {
    const text = await readListFile(join(place, 'text', 'messages'));
    const line = text?.split('\n').find((one) => one.startsWith(`${name}:`));
    if (line !== undefined) return line.slice(name.length + 1);
  }
  return own[name] ?? name;
}
