/** JSON documents bent at one or a few places: a field dropped, renamed, of another kind, nested deep, said twice. */
import type { JsonValue } from '../../../src/pypi/types.ts';
import fc from '../properties.ts';
import { ODD_PIECES } from './texts.ts';

/** What may stand where something else should; built anew for each use. */
const ODD_VALUES: readonly (() => JsonValue)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -1,
  () => 1.5,
  () => 2 ** 53,
  () => 1e308,
  () => '',
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => JSON.parse('{"__proto__":{"sha256":"x"}}') as JsonValue,
  () => JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as JsonValue,
  () => JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) as JsonValue,
  ...ODD_PIECES.map((piece) => () => piece),
];

interface Bend {
  readonly kind: 'drop' | 'retype' | 'rename' | 'wrap' | 'copy';
  readonly place: number;
  readonly value: number;
}

const bend: fc.Arbitrary<Bend> = fc.record({
  kind: fc.constantFrom<Bend['kind'][]>('drop', 'retype', 'rename', 'wrap', 'copy'),
  place: fc.nat(),
  value: fc.nat(),
});

type Spot = readonly [container: Record<string, JsonValue>, key: string];

/** Every place below a value; of arrays, too, by index. */
function spotsOf(value: JsonValue): Spot[] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Record<string, JsonValue>;
  return Object.keys(container).flatMap((key) => [
    [container, key] as const,
    ...spotsOf(container[key] as JsonValue),
  ]);
}

/** Not by assignment: `__proto__` is a key like any other. */
function put(container: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function bent(document: JsonValue, { kind, place, value }: Bend): void {
  const spots = spotsOf(document);
  const spot = spots[place % Math.max(spots.length, 1)];
  if (spot === undefined) return;
  const [container, key] = spot;
  const here = container[key] as JsonValue;
  const odd = (ODD_VALUES[value % ODD_VALUES.length] as () => JsonValue)();
  const other = spots[value % spots.length] as Spot;
  if (kind === 'drop') delete container[key];
  else if (kind === 'retype') put(container, key, odd);
  else if (kind === 'wrap') put(container, key, value % 2 === 0 ? [here] : { [key]: here });
  else if (kind === 'copy') put(container, key, structuredClone(other[0][other[1]] as JsonValue));
  else if (!Array.isArray(container)) put(container, typeof odd === 'string' ? odd : 'other', here);
}

/** The text of a document with up to three bends. Holes that dropping leaves in arrays become null. */
export function bentJson(documents: fc.Arbitrary<JsonValue>): fc.Arbitrary<string> {
  return fc
    .tuple(documents, fc.array(bend, { maxLength: 3 }), fc.constantFrom(undefined, 1))
    .map(([document, bends, space]) => {
      const copy = structuredClone(document);
      for (const one of bends) bent(copy, one);
      return JSON.stringify(copy, null, space);
    });
}
