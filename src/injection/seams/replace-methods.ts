// Methods of an object that are others for a while.

/**
 * Replaces methods of `target`. Returns what puts it back as it was: a method that it had of its class is that of its class again,
 * and no property of its own.
 */
export const replaceMethods = <T extends object>(target: T, methods: Partial<T>): (() => void) => {
  const names = Reflect.ownKeys(methods);
  const own = names
    .filter((name) => Object.hasOwn(target, name))
    .map((name) => [name, Reflect.get(target, name)] as const);
  Object.assign(target, methods);
  return () => {
    for (const name of names.reverse()) Reflect.deleteProperty(target, name);
    for (const [name, method] of own) Reflect.set(target, name, method);
  };
};
