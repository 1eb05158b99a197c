// CSS as the first wall writes it, read without its parser (webmail.md 3.5): rules for the message's root and what is in
// it, known properties, values of few characters and few functions, `@media` around rules. There is no colon in a value,
// no backslash, no other function and no other at-rule: nothing in it can name an address.
import { cssFunctions, cssProperties, rootClass } from './css.ts';

const declaration = /^([a-z-]+):([\w\s#%.,()"'/*+-]+)$/;
const calls = /([\w-]{1,32})\(/g;
// Where a negative number would move what follows.
const places = /^(?:margin|padding|text-indent)/;
const negative = /-[0-9.]|\(/;
// Parts of the window: a message would know its size, or cover it.
const windowUnit = /[0-9.](?:[dls]?v[a-z]|cq)/i;
const selector = new RegExp(`^\\.${rootClass}(?:[ >:.][\\w .>+~*:-]*)?$`);
const media = /^@media (?:[a-z0-9 ):.,-]|(?<= )\()+$/;
const block = /([^{}]*)\{/y;
const body = /([^{}]*)\}\n?/y;

/** Declarations as they stand in a style attribute or between braces; at least one. */
export function isCanonicalStyle(style: string): boolean {
  return style.split(';').every((one) => {
    const [, property, value] = declaration.exec(one) ?? [];
    if (property === undefined || value === undefined || !cssProperties.has(property)) return false;
    if (places.test(property) && negative.test(value)) return false;
    if (value.includes('/*') || windowUnit.test(value)) return false;
    for (const [, name] of value.matchAll(calls)) if (!cssFunctions.has(name!.toLowerCase())) return false;
    return true;
  });
}

/** A whole sheet. */
export function isCanonicalSheet(sheet: string): boolean {
  let inMedia = false;
  for (let at = 0; at < sheet.length; ) {
    if (inMedia && sheet[at] === '}') {
      inMedia = false;
      at += sheet[at + 1] === '\n' ? 2 : 1;
      continue;
    }
    block.lastIndex = at;
    const prelude = block.exec(sheet)?.[1];
    if (prelude === undefined) return false;
    at += prelude.length + 1;
    if (prelude.startsWith('@')) {
      if (inMedia || !media.test(prelude)) return false;
      inMedia = true;
      continue;
    }
    if (!prelude.split(',').every((one) => selector.test(one))) return false;
    body.lastIndex = at;
    const found = body.exec(sheet);
    if (!found || !isCanonicalStyle(found[1]!)) return false;
    at += found[0].length;
  }
  return !inMedia;
}
