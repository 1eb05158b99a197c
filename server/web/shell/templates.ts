// EJS templates, compiled once when the role starts and kept: rendering reads no file.
// `<%=` escapes for text and quoted attributes; `<%-` is for `include` only (security.md H4; a test greps for it).
// Names are paths below views/ without `.ejs`; an include is looked up from views/ first, then beside its caller.
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import ejs from 'ejs';

export type Locals = Readonly<Record<string, unknown>>;

/** Renders a view with its locals; throws for an unknown name or a mistake in a template (our own bug). */
export type RenderView = (name: string, locals: Locals) => string;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes for element text and for attributes in either kind of quotes. */
export function escapeHtml(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  // Most texts hold nothing to escape; looking is cheaper than replacing.
  return !/[&<>"']/.test(text) ? text : text.replace(/[&<>"']/g, (found) => entities[found]!);
}

async function findTemplates(directory: string, below = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const path = posix.join(below, entry.name);
    if (entry.isDirectory()) names.push(...(await findTemplates(directory, path)));
    else if (path.endsWith('.ejs')) names.push(path.slice(0, -4));
  }
  return names;
}

const reserved = new Set(
  (
    'break case catch class const continue default delete do else false finally for function if in instanceof let new null ' +
    'of return switch this throw true try typeof undefined var void while'
  ).split(' '),
);

/**
 * The names that the code of a template may mean its locals by: every identifier that is no property. Those that it
 * declares itself are among them, which does no harm.
 */
export function findNames(source: string): readonly string[] {
  const names = new Set<string>();
  const take = (code: string): void => {
    const words = code
      .replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
      .replace(/`(?:[^`\\]|\\.)*`/g, (literal) => {
        for (const [, inner = ''] of literal.matchAll(/\$\{([^}]*)\}/g)) take(inner);
        return "''";
      })
      .matchAll(/(?<![\w$.]|\d)(?:\.\.\.)?([A-Za-z_$][\w$]*)/g);
    for (const [, word = ''] of words) if (!reserved.has(word) && !(word in globalThis)) names.add(word);
  };
  for (const [, mark, code = ''] of source.matchAll(/<%([=_#%-]?)([\s\S]*?)[-_]?%>/g))
    if (mark !== '#') take(code);
  for (const ours of ['locals', 'include']) names.delete(ours);
  return [...names].sort();
}

/** Reads and compiles every template below `directory`. A syntax error names its file. */
export async function loadTemplates(directory: string): Promise<RenderView> {
  const templates = new Map<string, ejs.TemplateFunction>();
  for (const name of await findTemplates(directory)) {
    const source = await readFile(join(directory, `${name}.ejs`), 'utf8');
    // Locals as variables: under `with`, the usual way, no engine knows what a name is, and pages took twice as long. The
    // braces let a template declare a name that is also a local's.
    const options = {
      filename: `views/${name}.ejs`,
      escape: escapeHtml,
      rmWhitespace: true,
      _with: false,
      destructuredLocals: [...findNames(source)],
      unsafePrototypeLocals: true,
    };
    const include = `const include = (other, more) => locals.includeFrom('${name}', other, more);`;
    templates.set(name, ejs.compile(`<% { ${include} %>${source}<% } %>`, options));
  }

  const findNear = (name: string, caller: string): string => {
    const plain = posix.normalize(name.replace(/\.ejs$/, ''));
    if (!name.startsWith('.') && templates.has(plain)) return plain;
    return posix.join(posix.dirname(caller), plain);
  };

  const renderNamed = (name: string, locals: Locals): string => {
    const template = templates.get(name);
    if (!template) throw new Error(`views/${name}.ejs: there is no such template`);
    const seen: Record<string, unknown> = { ...locals };
    // What is included without locals of its own gets these as they are, and a caller of its own to look from.
    seen.includeFrom = (caller: string, other: string, more?: Locals): string => {
      const found = findNear(other, caller);
      const included = templates.get(found);
      return included && more === undefined ? included(seen) : renderNamed(found, { ...seen, ...more });
    };
    return template(seen);
  };
  return renderNamed;
}
