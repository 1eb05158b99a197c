// Making and checking passkeys (WebAuthn Level 2 7.1, 7.2) over @simplewebauthn/server, which is loaded at first use. The
// challenge lies in a signed ticket with its purpose, so nothing is stored between question and answer; each challenge is
// answered once. Guarantees: the answer is for this site, by a key that was made here for the account's present home, and
// the person was there; without a password before, the key asked for their PIN or finger.
import type { Request } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import { oneValue } from '../shell/paths.ts';
import { sign } from '../shell/tickets.ts';
import { homeOf, type Passkey, type Passkeys } from '../state/passkeys.ts';
import type { WebParts } from '../web.ts';

/** What the browser is asked, and the ticket that comes back with its answer. */
export interface PasskeyQuestion {
  readonly options: unknown;
  readonly ticket: string;
}

export interface PasskeyCheck {
  askToMake(req: Request, account: Account, name: string): Promise<PasskeyQuestion>;
  /** Stores the key of an answer; undefined: it was no right answer. */
  make(req: Request, account: Account, name: string): Promise<Passkey | undefined>;
  /**
   * Undefined account: whoever has a passkey here. `isAlone`: it stands in the place of a password, so the key asks for
   * PIN or finger.
   */
  askToShow(req: Request, account: Account | undefined, isAlone?: boolean): Promise<PasskeyQuestion>;
  /** The account that an answer is of; undefined: of none. `account`: only of this one. */
  show(req: Request, account: Account | undefined, isAlone?: boolean): Promise<Account | undefined>;
  ofAccount(account: Account): Promise<readonly Passkey[]>;
}

/** Seconds for an answer: a sign-in page may lie open. */
const patience = 3600;

/** What authenticators of today speak: EdDSA, ES256, RS256 (RFC 9053). */
const algorithms = [-8, -7, -257];

type Library = typeof import('@simplewebauthn/server');

/** The answer of a browser, when it has the form of one; what is in it is judged by the library. */
function readAnswer(req: Request): { readonly id: string } | undefined {
  const text = oneValue(req.body?.credential);
  if (text === '' || text.length > 20_000) return undefined;
  try {
    const answer: unknown = JSON.parse(text);
    const { id, response } = answer as { id?: unknown; response?: unknown };
    const isAnswer = typeof id === 'string' && /^[\w-]{1,1400}$/.test(id) && typeof response === 'object';
    return isAnswer && response !== null ? (answer as { id: string }) : undefined;
  } catch {
    return undefined;
  }
}

export function createPasskeyCheck(
  web: Pick<WebParts, 'accounts' | 'key' | 'signTicket' | 'readTicket' | 'guards' | 'clock'>,
  store: Passkeys,
): PasskeyCheck {
  let library: Promise<Library> | undefined;
  const load = (): Promise<Library> => (library ??= import('@simplewebauthn/server'));
  const used = new Map<string, number>();

  const originOf = (req: Request): string => `${req.protocol}://${req.headers.host ?? ''}`;
  const ticketFor = (purpose: string, challenge: string, whose: string): string =>
    web.signTicket(purpose, `${challenge} ${whose}`, patience);

  /** The challenge of a ticket that was not answered yet. */
  const takeChallenge = (req: Request, purpose: string, whose: string): string | undefined => {
    const [challenge = '', of] = (web.readTicket(purpose, oneValue(req.body?.ticket)) ?? '').split(' ');
    const now = web.clock();
    for (const [old, until] of used) if (until < now) used.delete(old);
    if (challenge === '' || of !== whose || used.has(challenge)) return undefined;
    used.set(challenge, now + patience * 1000);
    return challenge;
  };

  const descriptors = (passkeys: readonly Passkey[]) =>
    passkeys.map(({ id, transports }) => ({ id, transports: [...transports] as never[] }));
  const ofAccount = async (account: Account): Promise<readonly Passkey[]> =>
    store.list(account.address, await homeOf(account));

  return {
    ofAccount,
    async askToMake(req, account, name) {
      const { generateRegistrationOptions } = await load();
      const options = await generateRegistrationOptions({
        rpName: req.hostname,
        rpID: req.hostname,
        userID: new Uint8Array(Buffer.from(sign(web.key, 'passkey', account.address), 'base64url')),
        userName: account.address,
        userDisplayName: account.gecos || account.address,
        attestationType: 'none',
        supportedAlgorithmIDs: algorithms,
        excludeCredentials: descriptors(await ofAccount(account)),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      return {
        options,
        ticket: ticketFor(
          'passkey-make',
          options.challenge,
          `${account.address}/${encodeURIComponent(name)}`,
        ),
      };
    },
    async make(req, account, name) {
      const expectedChallenge = takeChallenge(
        req,
        'passkey-make',
        `${account.address}/${encodeURIComponent(name)}`,
      );
      const response = readAnswer(req);
      if (expectedChallenge === undefined || !response) return undefined;
      const { verifyRegistrationResponse } = await load();
      // It throws for whatever is wrong with an answer: that is no fault of ours.
      const checked = await verifyRegistrationResponse({
        response: response as never,
        expectedChallenge,
        expectedOrigin: originOf(req),
        expectedRPID: req.hostname,
        supportedAlgorithmIDs: algorithms,
      }).catch(() => undefined);
      if (!checked?.verified) return undefined;
      const { credential } = checked.registrationInfo;
      const passkey = {
        id: credential.id,
        address: account.address,
        home: await homeOf(account),
        host: req.hostname,
        publicKey: Buffer.from(credential.publicKey),
        counter: credential.counter,
        transports: (credential.transports ?? []).slice(0, 10).map((one) => String(one).slice(0, 20)),
        name,
        madeAt: web.clock(),
      };
      return store.add(passkey) ? { ...passkey, usedAt: undefined } : undefined;
    },
    async askToShow(req, account, isAlone = account === undefined) {
      const { generateAuthenticationOptions } = await load();
      const options = await generateAuthenticationOptions({
        rpID: req.hostname,
        userVerification: isAlone ? 'required' : 'preferred',
        ...(account ? { allowCredentials: descriptors(await ofAccount(account)) } : {}),
      });
      return { options, ticket: ticketFor('passkey-show', options.challenge, account?.address ?? '') };
    },
    async show(req, account, isAlone = account === undefined) {
      const expectedChallenge = takeChallenge(req, 'passkey-show', account?.address ?? '');
      const response = readAnswer(req);
      const passkey = response && store.find(response.id);
      if (expectedChallenge === undefined || !passkey || passkey.host !== req.hostname) return undefined;
      if (account && passkey.address !== account.address) return undefined;
      const { verifyAuthenticationResponse } = await load();
      const checked = await verifyAuthenticationResponse({
        response: response as never,
        expectedChallenge,
        expectedOrigin: originOf(req),
        expectedRPID: passkey.host,
        credential: {
          id: passkey.id,
          publicKey: new Uint8Array(passkey.publicKey),
          counter: passkey.counter,
        },
        requireUserVerification: isAlone,
      }).catch(() => undefined);
      if (!checked?.verified) return undefined;
      const found = await web.accounts.findAccount(passkey.address);
      if (!found || !(await web.guards.mayUseWebmail(found)) || (await homeOf(found)) !== passkey.home)
        return undefined;
      store.noteUse(passkey.id, checked.authenticationInfo.newCounter);
      return found;
    },
  };
}
