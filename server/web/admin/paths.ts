// The addresses of the admin pages, each made in one place. Names of domains, accounts and aliases are path segments.
const part = encodeURIComponent;

export const domainPath = (domain: string, more = ''): string => `/admin/d/${part(domain)}${more}`;
/** `address` is name@domain. */
export const accountPath = (address: string, more = ''): string => {
  const at = address.lastIndexOf('@');
  return domainPath(address.slice(at + 1), `/accounts/${part(address.slice(0, at))}${more}`);
};
export const aliasPath = (domain: string, name: string, more = ''): string =>
  domainPath(domain, `/aliases/${part(name)}${more}`);

export const listPath = (domain: string, name: string, more = ''): string =>
  domainPath(domain, `/lists/${part(name)}${more}`);

/** A path with query fields; empty ones are left out. */
export function withQuery(path: string, fields: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== '') query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The local part that was typed for a domain; who pastes the whole address means it. */
export function localPartOf(written: string, domain: string): string {
  const name = written.trim().toLowerCase();
  return name.endsWith(`@${domain}`) ? name.slice(0, -domain.length - 1) : name;
}
