// Addresses that came in with a request and that we send the browser to: `next` and `return` (security.md W4).
// Only a path of this site passes: one leading slash, then neither slash nor backslash, nothing a browser would
// drop or decode into one.

/** The wanted path when it is one of ours, else `fallback`. Anything but a string is the fallback. */
export function checkPath(wanted: unknown, fallback: string): string {
  if (typeof wanted !== 'string' || wanted.length > 2000) return fallback;
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes('\\')) return fallback;
  const [path = ''] = wanted.split(/[?#]/, 1);
  // Encoded slashes, backslashes, controls and dots at the start would change meaning in a proxy.
  if (/^\/(?:%2f|%5c|%09|%0[ad]|\.|%2e)/i.test(path) || /%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(wanted))
    return fallback;
  return wanted;
}

/** The path with one query field set; `undefined` takes the field out. The place on the page stays. */
export function withField(path: string, name: string, value: string | undefined): string {
  const [address = '', place] = path.split('#', 2);
  const hash = place === undefined ? '' : `#${place}`;
  const [bare = '', query = ''] = address.split('?', 2);
  const fields = new URLSearchParams(query);
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
  const text = fields.toString();
  return `${text === '' ? bare : `${bare}?${text}`}${hash}`;
}

/** One value of a form or query field: the first of a repeated one, '' when absent. */
export function oneValue(value: unknown): string {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}

/** All values of a repeated field. */
export function allValues(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string');
}
