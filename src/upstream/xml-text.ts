/** XML's text, decoded exactly once: the five predefined entities and character references; nothing else exists here. */
import { JubjubError } from '../errors.ts';

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&/g;

/**
 * Decodes references once: `&amp;#8230;` becomes the text `&#8230;`, which PyPI meant literally (protocol §1.4).
 * Throws UPSTREAM_MALFORMED for a reference to anything else, so that no declared entity can ever expand.
 */
export function decodeXmlText(raw: string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(REFERENCE, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return PREDEFINED[name] ?? '';
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isScalar = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    if (whole !== '&' && isScalar) return String.fromCodePoint(point);
    throw new JubjubError('UPSTREAM_MALFORMED', 'the XML holds a reference that is not defined', {
      expected: '&amp; &lt; &gt; &quot; &apos; or a character reference',
      received: whole,
    });
  });
}
