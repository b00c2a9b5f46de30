/** What has been opened, to be closed in the opposite order. */
export interface Closers {
  add(close: () => Promise<unknown> | void): void;
  /** Closes everything once, also when some of it fails. @throws the first failure */
  close(): Promise<void>;
  isClosing(): boolean;
  /** Settles like `close`, once somebody has called it. */
  readonly closed: Promise<void>;
}

export function createClosers(): Closers {
  const open: (() => Promise<unknown> | void)[] = [];
  let begin = (): void => undefined;
  let isClosing = false;
  const closed = new Promise<void>((resolve) => (begin = resolve)).then(() => closeAll(open));
  return {
    add: (close) => void open.push(close),
    close() {
      isClosing = true;
      begin();
      return closed;
    },
    isClosing: () => isClosing,
    closed,
  };
}

async function closeAll(open: (() => Promise<unknown> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let close = open.pop(); close !== undefined; close = open.pop()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
