// vmkpasswd: compiles a domain's vpasswd into its vpasswd.cdb (spec/vpopmail.md 2.2), for who has edited the text.
import { VpopmailError } from '../accounts/errors.ts';
import { recompileVpasswd } from '../accounts/vpasswd.ts';
import { accountCommand, showUsage, withSite } from './account-command.ts';

export const usage = `vmkpasswd: usage: domain ${''}
`;

export const run = accountCommand(usage, async (args, context) => {
  const [name] = args;
  if (name === undefined || args.length !== 1) return showUsage(usage, context);
  return withSite(context, async ({ store, accounts }) => {
    if ((await store.kind()) !== 'cdb') {
      context.stdout.write('vmkpasswd: is only needed by the cdb authentication module\n');
      return 0;
    }
    const domain = await accounts.findDomain(name);
    // vpopmail: it could not enter the directory, and says nothing; its exit status is kept.
    if (domain === undefined) {
      context.stderr.write(`vmkpasswd: ${JSON.stringify(name)} is no domain here\n`);
      return new VpopmailError(-3).exitStatus;
    }
    await recompileVpasswd(domain.directory, domain);
    return 0;
  });
});
