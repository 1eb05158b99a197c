// Content-Type of a post as far as a list needs it: the type, the boundary of its parts, the charset. Pure; forgiving of
// what is written wrongly, and linear in it.

export interface ContentType {
  /** In lower case; '' when there is none. */
  readonly type: string;
  readonly boundary: string | undefined;
  readonly charset: string | undefined;
}

/** Bytes of a boundary: RFC 2046 5.1.1 allows 70. */
const MOST_BOUNDARY = 256;

/** @param value of the field, folded or not; '' when there is none */
export function readContentType(value: string): ContentType {
  const text = value.replace(/\n/g, '');
  const type = /^[ \t]*"?([^\s;"]*)/.exec(text)?.[1]?.toLowerCase() ?? '';
  const parameters = new Map<string, string>();
  const pattern = /;[ \t]*([^\s;=]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g;
  for (const [, name = '', quoted, bare = ''] of text.slice(0, 8192).matchAll(pattern)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? bare);
  }
  const boundary = parameters.get('boundary');
  const isGood = boundary !== undefined && boundary !== '' && boundary.length <= MOST_BOUNDARY;
  return {
    type,
    boundary: isGood && type.startsWith('multipart/') ? boundary : undefined,
    charset: parameters.get('charset')?.toLowerCase(),
  };
}
