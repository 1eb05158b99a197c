// The document in which a mail's HTML is shown (webmail.md 3.2): base style, the cleaned HTML, one fixed script named by
// its hash that posts the height and harmless key presses to the page, and the Content-Security-Policy to send with it.
// Even if the cleaner missed something, here it is nobody: opaque origin, no script, no form, no connection.
import { createHash } from 'node:crypto';

/** Posts `{h: height}` when the layout changes, `{a: number}` of the link under the pointer or the focus (3.7), and
 * `{k: key}` for plain key presses (V9). The page judges all of them. */
const frameScript = `(function(){var p=parent,d=document,l=-1;function s(){var b=d.body,h=Math.ceil(Math.max(b.scrollHeight,b.getBoundingClientRect().height));if(h!==l){l=h;p.postMessage({h:h},'*')}}
addEventListener('load',s);addEventListener('resize',s);d.addEventListener('load',s,true);if(window.ResizeObserver)new ResizeObserver(s).observe(d.body);s();
addEventListener('message',function(e){if(e.source===p){l=-1;s()}});
function t(e){var n=e&&e.target&&e.target.closest?e.target.closest('a[href]'):null;p.postMessage({a:n?[].indexOf.call(d.links,n):-1},'*')}
addEventListener('mouseover',t);addEventListener('focusin',t);addEventListener('focusout',function(){t()});d.documentElement.addEventListener('mouseleave',function(){t()});
addEventListener('keydown',function(e){if(e.isTrusted&&!e.ctrlKey&&!e.metaKey&&!e.altKey&&e.key.length<12)p.postMessage({k:e.key},'*')})})()`;

/** The script's name in a script-src directive. */
export const frameScriptHash = `sha256-${createHash('sha256').update(frameScript).digest('base64')}`;

/** Flags of the sandbox, for the attribute of the iframe and for the header alike. Never the origin of the site. */
export const frameSandbox = 'allow-popups allow-popups-to-escape-sandbox allow-scripts';
const strictSandbox = 'allow-popups allow-popups-to-escape-sandbox';

export interface FrameOptions {
  /** Language of the user's pages, for the browser's own words. */
  readonly lang?: string | undefined;
  /** `light`: white paper always. `dark`: the dark theme is on; mails that know it, or set no colours, get dark paper. `auto`: as the system says. */
  readonly theme?: 'light' | 'dark' | 'auto' | undefined;
  /** From CleanHtml. */
  readonly darkAware?: boolean | undefined;
  /** No script at all: the frame keeps a fixed height and its own scroll bar. */
  readonly strict?: boolean | undefined;
}

const dark = `:root{color-scheme:dark}html,body{background:#1a1e21;color:#e6e8e9}a{color:#7fcbd8}blockquote{border-color:#737c84}img[alt]:not([src],[alt=""]){background:#22272b;color:#b3b9be}img[alt]:not([src],[alt=""])::after{box-shadow:inset 0 0 0 1px #2b3136}.m-host{color:#ffb4ab}`;

function baseStyle({ theme, darkAware }: FrameOptions): string {
  const light = `:root{color-scheme:light}html{background:#fff;color:#1c1b19}
html,body{margin:0;padding:0}body{font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere;overflow-x:auto;overflow-y:hidden}
.m-body{display:flow-root;padding:4px 2px}
img,table{max-width:100%}img{height:auto}pre{white-space:pre-wrap;font-size:14px}a{color:#1a56a8}
blockquote{margin:8px 0;padding:0 0 0 12px;border-left:3px solid #cfc9bf}
img:not([src]){visibility:hidden}
img[alt]:not([src],[alt=""]){visibility:visible;display:inline-block;position:relative;min-width:16px;min-height:16px;overflow:hidden;background:#f3f1ec;color:#62686e;font-size:13px}
img[alt]:not([src],[alt=""])::after{content:attr(alt);position:absolute;inset:0;padding:4px 8px;background:inherit;box-shadow:inset 0 0 0 1px #e2dfd8;border-radius:6px}
.m-host{display:inline-block;color:#a4330f;font-size:13px;unicode-bidi:isolate;text-decoration:none}.m-host::before{content:"\\a0\\26a0\\fe0e"}`;
  if (!darkAware || theme === 'light' || theme === undefined) return light;
  return theme === 'dark' ? light + dark : `${light}@media (prefers-color-scheme:dark){${dark}}`;
}

/**
 * Builds the whole document and its Content-Security-Policy.
 * @param html from CleanHtml, and from nowhere else: it is not escaped.
 */
export function frameDocument(html: Buffer, options: FrameOptions = {}): { html: Buffer; csp: string } {
  const lang = /^[A-Za-z0-9-]{1,35}$/.test(options.lang ?? '') ? options.lang : 'en';
  const script = options.strict ? '' : `<script>${frameScript}</script>`;
  // On a page of its own the mail scrolls by itself; in the frame it does when the browser runs no scripts.
  const overflow = options.strict
    ? '<style>body{overflow-y:auto}</style>'
    : '<style>@media (scripting:none){body{overflow-y:auto}}</style>';
  const before =
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Message text</title>` +
    '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">' +
    `<style>${baseStyle(options)}</style>${overflow}</head><body>`;
  return {
    html: Buffer.concat([Buffer.from(before), html, Buffer.from(`${script}</body></html>`)]),
    csp: frameCsp(options.strict),
  };
}

/** The policy of the frame's response. */
export function frameCsp(strict = false): string {
  return [
    `sandbox ${strict ? strictSandbox : frameSandbox}`,
    "default-src 'none'",
    `script-src ${strict ? "'none'" : `'${frameScriptHash}'`}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}
