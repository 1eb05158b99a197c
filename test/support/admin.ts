// Clients that administer a test site: signed in, and past the question for the password.
import { type Client, password, type WebSite } from './site.ts';

export const machine = { kind: 'machine' } as const;

/** A client of an administrator who gave the password once more. */
export async function signInAdmin(site: WebSite, address: string): Promise<Client> {
  const client = await site.signIn(address);
  const csrf = await client.token('/admin/confirm');
  const answer = await client.post('/admin/confirm', { csrf, 'admin-password': password, next: '/admin' });
  if (answer.status !== 303) throw new Error(`${address} may not administer: ${answer.status}`);
  return client;
}

/** The value of a hidden field of a page. */
export function hiddenField(body: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '';
}

/** Posts a form of a page as a browser does: with the token and the version that the page holds. */
export async function postForm(
  client: Client,
  page: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
  action = page,
) {
  const { body } = await client.get(page);
  const version = hiddenField(body, 'version');
  return client.post(action, {
    csrf: hiddenField(body, 'csrf'),
    ...(version === '' ? {} : { version }),
    ...fields,
  });
}

/** A page without what differs at each look at it: the masked token, and the page's own address to return to. */
export const plainPage = (body: string): string =>
  body.replaceAll(/(name="(?:csrf|return)" value=")[^"]*/g, '$1');
