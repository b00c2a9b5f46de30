/** What has been started, to be ended in the opposite order. */
export interface Closers extends AsyncDisposable {
  /** @returns what it was given */
  use<T extends AsyncDisposable | Disposable>(part: T): T;
}

/** Ends everything, also when some of it fails. @throws the first failure, from disposing */
export function createClosers(): Closers {
  const open: (AsyncDisposable | Disposable)[] = [];
  return {
    use(part) {
      open.push(part);
      return part;
    },
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (let part = open.pop(); part !== undefined; part = open.pop()) {
        try {
          if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
          else part[Symbol.dispose]();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
