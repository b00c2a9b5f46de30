import { type Page } from 'playwright-core';

/** Somebody who has a keyboard and no pointer: goes where the focus goes, and knows things by their names. */
export interface Hands {
  /** Tab until something of this name has the focus. @throws Error that says what was passed */
  to(name: string | RegExp): Promise<void>;
  /** Tab until the list of this name has the focus: what leads to it may be called the same. */
  toList(name: string): Promise<void>;
  /** Tab to it, and Enter. */
  press(name: string | RegExp): Promise<void>;
  /** Tab to it, and type. */
  type(name: string | RegExp, text: string): Promise<void>;
  /** A button that asks for files: what the browser's own dialog would give. */
  choose(name: string | RegExp, files: string | readonly string[]): Promise<void>;
  key(...keys: readonly string[]): Promise<void>;
}

/** A page has fewer places than this. */
const MOST_TABS = 90;

export function handsOn(page: Page): Hands {
  const { keyboard } = page;
  const tabTo = async (name: string | RegExp, wanted: Focused['kind']): Promise<void> => {
    const passed: string[] = [];
    for (let i = 0; i < MOST_TABS; i++) {
      await keyboard.press('Tab');
      const focused = await page.evaluate(nameOfFocused);
      const isCalledSo = typeof name === 'string' ? focused.name === name : name.test(focused.name);
      if (isCalledSo && focused.kind === wanted) return;
      passed.push(focused.name);
    }
    throw new Error(`nothing called ${String(name)} by Tab, but ${[...new Set(passed)].join(' | ')}`);
  };
  const to = (name: string | RegExp): Promise<void> => tabTo(name, 'control');
  return {
    to,
    toList: (name) => tabTo(name, 'list'),
    async press(name) {
      await to(name);
      await keyboard.press('Enter');
    },
    async type(name, text) {
      await to(name);
      await keyboard.type(text);
    },
    async choose(name, files) {
      const chooser = page.waitForEvent('filechooser');
      await to(name);
      await keyboard.press('Enter');
      await (await chooser).setFiles(typeof files === 'string' ? files : [...files]);
    },
    async key(...keys) {
      for (const one of keys) await keyboard.press(one);
    },
  };
}

interface Focused {
  readonly kind: 'control' | 'list';
  readonly name: string;
}

/** In the page: what a screen reader would call the focused thing, roughly. */
function nameOfFocused(): Focused {
  interface Named {
    readonly textContent: string;
    readonly labels?: ArrayLike<{ readonly textContent: string }>;
    getAttribute(name: string): string | null;
  }
  const { activeElement } = (globalThis as unknown as { document: { activeElement: Named | null } }).document;
  const label = activeElement?.labels?.[0]?.textContent;
  const name = (activeElement?.getAttribute('aria-label') ?? label ?? activeElement?.textContent ?? '').trim();
  return { kind: activeElement?.getAttribute('role') === 'listbox' ? 'list' : 'control', name };
}
