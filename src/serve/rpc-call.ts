/** The body of an XML-RPC call as a method and its parameters, read as strictly as Python's xmlrpc does, and more safely. */
import { XMLParser } from 'fast-xml-parser';

/** A parameter: an integer, or something else, which no method that we have takes. */
export type RpcParam = { readonly integer: number } | 'other';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly RpcParam[];
}

type Node = { readonly [tag: string]: unknown };

/** A call of ours nests six deep; this leaves room for parameters that are refused by their type. */
const NESTED_TAGS_MAX = 32;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  maxNestedTags: NESTED_TAGS_MAX,
  isArray: (tag) => tag === 'param' || tag === 'value',
});

/**
 * The call in a request's body; null when it is not well formed.
 * Markup declarations are refused before any parser sees them: no DOCTYPE means no entities, hence no entity bombs,
 * and no CDATA or comments means that a tag in the text is always a tag.
 */
export function parseCall(xml: string): RpcCall | null {
  if (xml.includes('<!')) return null;
  try {
    return readCall(parser.parse(xml, true));
  } catch {
    return null;
  }
}

/** Throws for what is no call. */
function readCall(document: unknown): RpcCall {
  const call = element(element(document, ['methodCall'])['methodCall'], ['methodName', 'params']);
  const method = textOf(call['methodName']);
  // Python accepts a call without <params>, too.
  const params = isBlank(call['params']) ? [] : element(call['params'], ['param'])['param'];
  return { method, params: Array.isArray(params) ? params.map(readParam) : [] };
}

function readParam(param: unknown): RpcParam {
  const values = element(param, ['value'])['value'];
  if (!Array.isArray(values) || values.length !== 1) throw new SyntaxError('one <value> in a <param>');
  const value: unknown = values[0];
  if (!isNode(value)) return 'other'; // Text without a type is a string.
  const [type, second] = Object.keys(value).filter((tag) => tag !== '#text');
  if (type === undefined || second !== undefined) throw new SyntaxError('one type in a <value>');
  if (!/^(?:int|i4|i8)$/.test(type)) return 'other';
  const text = textOf(value[type]);
  if (!/^[+-]?\d+$/.test(text)) throw new SyntaxError('digits in an <int>');
  const integer = Number(text);
  // Python's integers have no end. No serial comes near this one, so that what is asked keeps its meaning.
  return { integer: Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, integer)) };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBlank(content: unknown): boolean {
  return content === undefined || (typeof content === 'string' && content.trim() === '');
}

function textOf(content: unknown): string {
  if (typeof content !== 'string') throw new SyntaxError('text');
  return content.trim();
}

/** An element that holds these tags only, and between them nothing but white space. */
function element(content: unknown, tags: readonly string[]): Node {
  if (!isNode(content)) throw new SyntaxError('tags');
  for (const [tag, inner] of Object.entries(content))
    if (tag === '#text' ? !isBlank(inner) : !tags.includes(tag)) throw new SyntaxError('other tags');
  return content;
}
