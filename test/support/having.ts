/** An object with some of its methods replaced: what tests wrap contracts with. */

/** The same object with some methods replaced; the others keep their `this`. */
export function having<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get(target, key) {
      const changed = Reflect.get(changes, key) as unknown;
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
