// The accounts of a site as a service of their own (security.md 1, process "auth"): who asks gets answers about
// recipients and passwords, and never sees a hash. The asking side fills the same interface as the files do.
import { LoginThrottled } from '../accounts/login-throttle.ts';
import type { ScramChallenge } from '../accounts/scram.ts';
import type {
  Account,
  Accounts,
  Domain,
  LoginService,
  RecipientState,
  ScramDesk,
} from '../accounts/types.ts';
import type { Answer } from './answering.ts';
import { type CallLost, createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

// Not the web: it has the accounts in its own process, and a brake of its own in front of them.
const services: readonly LoginService[] = ['smtp', 'imap', 'pop3', 'sieve'];
const isService = (name: unknown): name is LoginService => services.some((each) => each === name);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= 1000 && value.every((each) => typeof each === 'string');

/** Answers the questions of `createAccountCalls` out of these accounts. */
export function answerAccounts(accounts: Accounts): Answer {
  return async ({ fields }) => {
    const { question, address, addresses, recipients, bytes, password, service, ip, authMessage, proof } =
      fields;
    if (typeof address !== 'string') return { error: 'a question without an address' };
    try {
      switch (question) {
        case 'domain':
          return { found: await accounts.findDomain(address) };
        case 'account':
          return { found: await accounts.findAccount(address) };
        case 'recipient':
          return { found: await accounts.recipientExists(address) };
        case 'examine':
          if (typeof bytes !== 'number') break;
          return { found: await accounts.examineRecipient(address, bytes) };
        case 'password':
          if (typeof password !== 'string' || !isService(service)) break;
          return { found: await accounts.authenticate(address, password, service, String(ip ?? '')) };
        case 'foreign':
          if (!isTexts(addresses)) break;
          return { found: (await accounts.submission?.findForeign(address, addresses)) ?? [] };
        case 'spend':
          if (!isCount(recipients)) break;
          return { found: await accounts.submission?.spend(address, recipients) };
        case 'giveBack':
          if (!isCount(recipients)) break;
          await accounts.submission?.giveBack(address, recipients);
          return { found: true };
        case 'challenge':
          return { found: await accounts.scram?.challenge(address) };
        case 'proof':
          if (typeof authMessage !== 'string' || typeof proof !== 'string' || !isService(service)) break;
          return {
            found: await accounts.scram?.check(address, { authMessage, proof }, service, String(ip ?? '')),
          };
      }
    } catch (error) {
      if (error instanceof LoginThrottled) return { wait: error.wait };
      // Files that cannot be read now, too many passwords at once: the asker answers "try again".
      return { error: error instanceof Error ? error.message : String(error) };
    }
    return { error: 'no such question' };
  };
}

/**
 * Accounts that are asked for over a socket. Errors, a lost role ({@link CallLost}) among them, are rejections, which
 * askers make temporary failures.
 */
export function createAccountCalls(path: string): Accounts & { readonly close: () => void } {
  const client = createRoleClient(path);
  const ask = async (fields: CallFields): Promise<unknown> => {
    const { found, error, wait } = await client.ask(fields);
    if (typeof wait === 'number') throw new LoginThrottled(wait);
    if (error !== undefined) throw new Error(`the accounts role: ${String(error)}`);
    return found;
  };
  return {
    findDomain: async (address) => (await ask({ question: 'domain', address })) as Domain | undefined,
    findAccount: async (address) => (await ask({ question: 'account', address })) as Account | undefined,
    recipientExists: async (address) => (await ask({ question: 'recipient', address })) === true,
    examineRecipient: async (address, bytes) =>
      (await ask({ question: 'examine', address, bytes })) as RecipientState,
    authenticate: async (address, password, service, ip = '') =>
      (await ask({ question: 'password', address, password, service, ip })) as Account | undefined,
    submission: {
      findForeign: async (address, addresses) =>
        (await ask({ question: 'foreign', address, addresses: [...addresses] })) as readonly string[],
      spend: async (address, recipients) =>
        (await ask({ question: 'spend', address, recipients })) as string | undefined,
      giveBack: async (address, recipients) =>
        void (await ask({ question: 'giveBack', address, recipients })),
    },
    scram: {
      challenge: async (address) => (await ask({ question: 'challenge', address })) as ScramChallenge,
      check: async (address, { authMessage, proof }, service, ip = '') =>
        (await ask({ question: 'proof', address, authMessage, proof, service, ip })) as Awaited<
          ReturnType<ScramDesk['check']>
        >,
    },
    close: () => client.close(),
  };
}
