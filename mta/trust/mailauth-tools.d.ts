// One function of mailauth that it does not tell the types of: are two domains of one organisation by the public suffix
// list that it carries? Gives the entry of the list that is, or false.
declare module 'mailauth/lib/tools.js' {
  export function getAlignment(
    fromDomain: string,
    domains: readonly string[],
    strict?: boolean,
  ): { readonly domain: string } | false;
}
