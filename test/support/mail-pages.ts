// A test site with an injector that remembers and answers what it is told, and the little that the tests of the message
// and compose pages share: multipart forms as a browser sends them, fields of a page's form.
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { Outcome } from '../../mta/outcome.ts';
import { rememberingInjector } from './local.ts';
import { type Answer, type Client, startSite, type WebSite } from './site.ts';

export interface MailSite extends WebSite {
  /** What the queue answers from now on. */
  answer: Outcome;
}

/** Starts the site. */
export async function startMailSite(options: Parameters<typeof startSite>[0] = {}): Promise<MailSite> {
  const state: { answer: Outcome } = { answer: { code: 'K', text: 'ok 1 qp 4711' } };
  const { injector, injected } = rememberingInjector(() => state.answer);
  const site = await startSite({ injector, ...options });
  return {
    ...site,
    injected,
    get answer() {
      return state.answer;
    },
    set answer(next) {
      state.answer = next;
    },
    async signIn(address) {
      const client = site.client();
      // a session without the work of a password hash: signing in has tests of its own
      client.cookies.set('sid', site.web.sessions.begin(address, false, 'test'));
      return client;
    },
  };
}

/** A file of a form. */
export interface FormFile {
  readonly name: string;
  readonly type?: string;
  readonly bytes: Buffer | string;
}

/** Posts the compose form as a browser does: multipart, the fields first. */
export function postCompose(
  client: Client,
  fields: Readonly<Record<string, string>>,
  files: readonly FormFile[] = [],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const boundary = `----test${Math.random().toString(36).slice(2)}`;
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    );
  }
  for (const file of files) {
    const name = file.name.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
    parts.push(
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${file.type ?? 'application/octet-stream'}\r\n\r\n`,
      ),
      Buffer.from(file.bytes),
      Buffer.from('\r\n'),
    );
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return client.request('/compose', {
    method: 'POST',
    headers: {
      origin: client.base,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...headers,
    },
    body: Buffer.concat(parts),
  });
}

/** The fields of the compose form of a page, as a browser would send them (buttons and files left out). */
export function composeFields(page: string): Record<string, string> {
  const fields: Record<string, string> = {};
  const walk = (node: DefaultTreeAdapterTypes.ChildNode, inside: boolean): void => {
    if (!('tagName' in node)) return;
    const attributes = new Map(node.attrs.map((attribute) => [attribute.name, attribute.value]));
    const within = inside || attributes.get('action') === '/compose';
    const name = attributes.get('name');
    if (within && name !== undefined && node.tagName === 'input' && attributes.get('type') !== 'file') {
      fields[name] = attributes.get('value') ?? '';
    }
    if (within && name !== undefined && node.tagName === 'textarea') {
      fields[name] = node.childNodes.map((child) => ('value' in child ? child.value : '')).join('');
    }
    for (const child of node.childNodes) walk(child, within);
  };
  for (const child of parse(page).childNodes) walk(child, false);
  return fields;
}

/** Opens a compose page and gives its form's fields. */
export async function openCompose(client: Client, query = ''): Promise<Record<string, string>> {
  const page = await client.get(`/compose${query}`);
  if (page.status !== 200) throw new Error(`/compose${query} answered ${page.status}`);
  return composeFields(page.body);
}

/** Id of the first message of a folder, as the list links it. */
export async function firstMessage(client: Client, folder = 'INBOX'): Promise<string> {
  const list = await client.get(`/f/${folder}`);
  const found = /data-id="([\w-]{12})"/.exec(list.body);
  if (!found) throw new Error(`${folder} is empty`);
  return found[1] as string;
}
