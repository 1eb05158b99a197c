// Our account at a certificate authority (RFC 8555 7.3), kept in STATE/acme/account.json with its key: entered, made when there
// is none, and told of new addresses. The customer to whom it belongs, where the authority asks for one, is control/acmeeab's.
import { createPrivateKey } from 'node:crypto';
import { AcmeClient, type AcmeDirectory } from '../../mta/acme/client.ts';
import { AcmeProblem } from '../../mta/acme/problem.ts';
import type { AcmeSettings } from '../../mta/acme/settings.ts';
import type { AcmeTransport } from '../../mta/acme/transport.ts';
import { keyToPem, makeKey } from '../../mta/certificates/make.ts';

export interface KnownAccount {
  readonly directory: string;
  readonly key: string;
  readonly url?: string | undefined;
  readonly contact?: readonly string[] | undefined;
}

export interface AccountPlace {
  load(): Promise<KnownAccount | undefined>;
  store(account: KnownAccount): Promise<void>;
}

/**
 * The client with our account.
 * @param isLost the authority does not know the account of before
 * @throws AcmeProblem
 */
export async function enterAccount(
  { acme, acmecontact, acmeeab }: AcmeSettings,
  directory: AcmeDirectory,
  transport: AcmeTransport,
  place: AccountPlace,
  isLost: boolean,
  now: () => number,
): Promise<AcmeClient> {
  const before = await place.load();
  const known = before?.directory === acme ? before : undefined;
  const account = known ?? { directory: acme, key: keyToPem(makeKey()) };
  const url = isLost ? undefined : account.url;
  if (url === undefined && directory.needsExternalAccount && acmeeab === undefined)
    throw new AcmeProblem(
      'externalAccountRequired',
      'the authority has customers only: control/acmeeab must hold what it gave you',
    );
  // The key is kept before anybody hears of it.
  if (known === undefined) await place.store(account);
  const client = new AcmeClient(directory, transport, createPrivateKey(account.key), url, now);
  const entered = await client.enter(acmecontact, acmeeab);
  const isNew = entered !== account.url;
  if (isNew || account.contact?.join() !== acmecontact.join()) {
    if (!isNew && account.contact !== undefined) await client.changeContact(acmecontact);
    await place.store({ ...account, url: entered, contact: acmecontact });
  }
  return client;
}
