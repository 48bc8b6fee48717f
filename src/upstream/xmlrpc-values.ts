/** XML-RPC values as JavaScript values: XML parsed with entity processing off, checked strictly, decoded once. */
import { createRequire } from 'node:module';
import type { XMLParser } from 'fast-xml-parser';
import { JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';
import { decodeXmlText } from './xml-text.ts';

export type XmlRpcValue =
  | null
  | boolean
  | number
  | string
  | readonly XmlRpcValue[]
  | { readonly [name: string]: XmlRpcValue };

const require = createRequire(import.meta.url);

type Node = { readonly [tag: string]: unknown };

/** PyPI's faults nest eight deep; this is for those who try thousands. */
const NESTED_TAGS_MAX = 32;
const REPEATED: readonly string[] = ['value', 'member'];

let parser: XMLParser | undefined;

/** Loaded by the first answer that needs it, out of one file: what most answers are is read without it, see plain-row.ts. */
function xmlParser(): XMLParser {
  if (parser !== undefined) return parser;
  const { XMLParser: Parser } = require('fast-xml-parser') as typeof import('fast-xml-parser');
  parser = new Parser({
    ignoreAttributes: true,
    ignoreDeclaration: true,
    processEntities: false,
    parseTagValue: false,
    trimValues: false,
    maxNestedTags: NESTED_TAGS_MAX,
    isArray: (tag) => REPEATED.includes(tag),
  });
  return parser;
}

/**
 * A well-formed piece of XML as nested objects, one key a tag. Throws UPSTREAM_MALFORMED.
 * Markup declarations are refused before any parser sees them: no DOCTYPE means no entities, hence no entity bombs,
 * and no CDATA or comments means that a tag in the text is always a tag.
 */
export function parseXml(xml: string): Node {
  const declaration = /<!.{0,12}/s.exec(xml);
  if (declaration !== null)
    throw malformedXml('no <!DOCTYPE, <!ENTITY, <![CDATA[ or comment', declaration[0]);
  try {
    return xmlParser().parse(xml, true) as Node;
  } catch (error) {
    throw malformedXml('well-formed XML', error instanceof Error ? error.message : String(error), error);
  }
}

/** The values directly below a node; empty when it has none. */
export function valuesOf(node: unknown): readonly XmlRpcValue[] {
  if (isBlank(node)) return [];
  const values = only(node, ['value'])['value'] ?? [];
  return Array.isArray(values) ? values.map(parseValue) : [];
}

/** One `<value>`: nil, int, boolean, double, string, array or struct; text without a type is a string. */
function parseValue(value: unknown): XmlRpcValue {
  if (typeof value === 'string') return decodeXmlText(value);
  if (!isNode(value)) throw malformedXml('a <value>', typeof value);
  const types = Object.keys(value).filter((tag) => tag !== '#text');
  const [type] = types;
  if (type === undefined || types.length > 1) throw malformedXml('one type in a <value>', types.join(', '));
  const content = only(value, [type])[type];
  if (type === 'array') return parseArray(content);
  if (type === 'struct') return parseStruct(content);
  if (typeof content !== 'string') throw malformedXml(`text in <${type}>`, 'tags');
  if (type === 'nil') return null;
  if (type === 'string') return decodeXmlText(content);
  return parseScalar(type, content.trim());
}

function parseScalar(type: string, text: string): XmlRpcValue {
  if (type === 'boolean' && /^[01]$/.test(text)) return text === '1';
  if (/^(int|i4|i8)$/.test(type) && /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)))
    return Number(text);
  if (type === 'double' && text !== '' && Number.isFinite(Number(text))) return Number(text);
  throw malformedXml('an int, i4, i8, boolean, double, string, nil, array or struct', `<${type}>${text}`);
}

function parseArray(content: unknown): readonly XmlRpcValue[] {
  if (isBlank(content)) return [];
  return valuesOf(only(content, ['data'])['data']);
}

function parseStruct(content: unknown): { readonly [name: string]: XmlRpcValue } {
  if (isBlank(content)) return {};
  const members = only(content, ['member'])['member'];
  if (!Array.isArray(members)) return {};
  return Object.fromEntries(
    members.map((member: unknown) => {
      const name = isNode(member) ? member['name'] : undefined;
      const values = isNode(member) && Array.isArray(member['value']) ? member['value'] : [];
      if (typeof name !== 'string' || values.length !== 1)
        throw malformedXml('a <member> with a name and a value', 'another shape');
      return [decodeXmlText(name), parseValue(values[0])];
    }),
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBlank(content: unknown): boolean {
  return content === undefined || (typeof content === 'string' && content.trim() === '');
}

/** An element that holds these tags only, and between them nothing but white space. */
export function only(content: unknown, tags: readonly string[]): Node {
  const expected = tags.map((tag) => `<${tag}>`).join(' ');
  if (!isNode(content))
    throw malformedXml(expected, typeof content === 'string' ? content : 'something else');
  for (const [tag, inner] of Object.entries(content)) {
    if (tag === '#text' ? !isBlank(inner) : !tags.includes(tag)) throw malformedXml(expected, `<${tag}>`);
  }
  return content;
}

/** The error for an answer that is not the XML-RPC it should be; url and request are added by who knows them. */
export function malformedXml(expected: string, received: string, cause?: unknown): JubjubError {
  return new JubjubError('UPSTREAM_MALFORMED', 'the answer is not valid XML-RPC', {
    expected,
    received: harmless(received),
    cause,
  });
}

/** The bytes were read as UTF-8: an answer that says otherwise was misread. */
export function checkDeclaredEncoding(xml: string): void {
  const declared = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(xml)?.[1];
  if (declared !== undefined && !/^(utf-?8|us-ascii)$/i.test(declared))
    throw malformedXml('XML in UTF-8', `encoding ${declared}`);
}

/** Throws UPSTREAM_MALFORMED, retryable, for what begins like an answer and does not end like one: it was cut on its way. */
export function checkComplete(xml: string): void {
  const text = xml.trim();
  const begins = ['<?xml ', '<methodResponse'].some((start) => start.startsWith(text.slice(0, start.length)));
  if (begins && !text.endsWith('</methodResponse>')) throw cutShort(text);
}

/** The error for an answer without its end. */
export function cutShort(text: string): JubjubError {
  return malformedXml('</methodResponse> at the end', `${text.slice(-100)}[end]`).with({
    retryable: true,
    hint: 'the answer was cut short on its way; if it repeats, a proxy may be cutting bodies',
  });
}
