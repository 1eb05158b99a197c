// The envelope sender as lists know their subscribers by it: the address that a forwarder (SRS) or a signed bounce address
// (BATV) wrapped is taken out (ezmlm-idx 7 lib/sender). Pure. What is wrapped proves nothing: who acts in the name of
// such an address confirms it, as anybody.

const isTag = (text: string): boolean => /^[0-9A-Fa-f]{9,}$/.test(text);

/** The sender itself: `SRS0=HHH=TT=DOMAIN=USER@host`, `prvs=TAG=USER@host`, `btv1==TAG==USER@host` unwrapped. */
export function unwrapSender(sender: string): string {
  const at = sender.lastIndexOf('@');
  if (at < 0) return sender;
  const local = sender.slice(0, at);
  const host = sender.slice(at);
  if (/^SRS[01]/.test(sender)) {
    const [, domain, user] = /^SRS[01].*?[=+-].*=([^=]+)=([^=]+)$/.exec(local) ?? [];
    return domain === undefined ? sender : `${user}@${domain}`;
  }
  if (local.startsWith('prvs=')) {
    const rest = local.slice(5);
    const first = rest.indexOf('=');
    const last = rest.lastIndexOf('=');
    if (first > 0 && isTag(rest.slice(0, first))) return `${rest.slice(first + 1)}${host}`;
    // Most senders have the two the other way round than the draft says.
    if (last > 0 && isTag(rest.slice(last + 1))) return `${rest.slice(0, last)}${host}`;
    return sender;
  }
  const [, tag = '', user] = /^btv1==(.*)==([^=]*(?:=(?!=)[^=]*)*)$/.exec(local) ?? [];
  return user !== undefined && isTag(tag) ? `${user}${host}` : sender;
}
