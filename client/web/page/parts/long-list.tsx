import { type ReactNode, Fragment, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

interface Props<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** Pixels of one item, about: what is not drawn takes this much until it has been. */
  readonly rowHeight: number;
  /** What a block is; several blocks are several of it. */
  readonly block?: BlockTag;
  readonly className?: string;
}

type BlockTag = 'div' | 'ul' | 'tbody';

/** As many are always drawn at once; no longer list needs anything of this. */
const BLOCK_ITEMS = 50;
/** What is this near to what can be seen is drawn before it is. */
const NEAR = '800px';

/**
 * A list of any length, within whatever scrolls: blocks that nobody can see are not drawn, and take the room that they had. Unlike `VirtualList` its
 * items may be of any height and hold what can be clicked.
 */
export function LongList<T>(props: Props<T>): ReactNode {
  const { items, keyOf, render, rowHeight, block = 'div', className } = props;
  const draw = (some: readonly T[]): ReactNode =>
    some.map((item) => <Fragment key={keyOf(item)}>{render(item)}</Fragment>);
  const Tag = block;
  if (items.length <= BLOCK_ITEMS) return <Tag className={className}>{draw(items)}</Tag>;
  return blocksOf(items).map((some, i) => (
    <Block key={i} tag={block} className={className} height={some.length * rowHeight} isFirst={i === 0}>
      {() => draw(some)}
    </Block>
  ));
}

function blocksOf<T>(items: readonly T[]): (readonly T[])[] {
  const count = Math.ceil(items.length / BLOCK_ITEMS);
  return Array.from({ length: count }, (_, i) => items.slice(i * BLOCK_ITEMS, (i + 1) * BLOCK_ITEMS));
}

interface BlockProps {
  readonly tag: BlockTag;
  readonly className: string | undefined;
  readonly height: number;
  readonly isFirst: boolean;
  readonly children: () => ReactNode;
}

type Observing = IntersectionObserverInit & { readonly scrollMargin?: string };

function Block({ tag: Tag, className, height, isFirst, children }: BlockProps): ReactNode {
  const box = useRef<HTMLElement | null>(null);
  const [isDrawn, setDrawn] = useState(isFirst);
  const room = useRef(height);
  useEffect(() => {
    const at = box.current;
    if (at === null) return undefined;
    const look = ([entry]: readonly IntersectionObserverEntry[]): void => {
      if (entry === undefined) return;
      // Who is at work in it stays in it.
      const isNeeded = entry.isIntersecting || at.contains(document.activeElement);
      if (!isNeeded && at.offsetHeight > 0) room.current = at.offsetHeight;
      setDrawn(isNeeded);
    };
    const options: Observing = { rootMargin: NEAR, scrollMargin: NEAR };
    const observer = new IntersectionObserver((entries) => look(entries.slice(-1)), options);
    observer.observe(at);
    // On paper is all of it.
    const print = (): void => flushSync(() => setDrawn(true));
    addEventListener('beforeprint', print);
    return () => {
      observer.disconnect();
      removeEventListener('beforeprint', print);
    };
  }, []);
  const keep = (element: HTMLElement | null): void => void (box.current = element);
  if (isDrawn) {
    return (
      <Tag ref={keep} className={className}>
        {children()}
      </Tag>
    );
  }
  return (
    <Tag ref={keep} className={className} style={{ height: room.current }} aria-hidden="true">
      {Tag === 'tbody' ? <tr style={{ height: room.current }} /> : null}
    </Tag>
  );
}
