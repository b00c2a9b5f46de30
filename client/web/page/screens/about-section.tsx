import { type ReactNode, useEffect, useState } from 'react';
import { Failure, Field, Notice } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { useGuard } from './bundle-notice.js';
import { Section } from './section.js';

/** What runs here, and how somebody finds out whether it is what was published. */
export function AboutSection(): ReactNode {
  const { t } = useDesk();
  const guard = useGuard();
  const [digest, setDigest] = useState('…');
  useEffect(() => {
    bundleDigest().then(setDigest, () => setDigest('–'));
  }, []);
  return (
    <Section title={t('settings.about')}>
      <dl className="facts">
        <dt>{t('settings.version')}</dt>
        <dd>{BILDBOTE_VERSION}</dd>
        <dt>{t('settings.digest')}</dt>
        <dd>
          <code className="digest">{digest}</code>
        </dd>
      </dl>
      <p className="hint">{t('settings.digestHint')}</p>
      <Compare digest={digest} />
      <p className="hint">{t('bundle.compare')}</p>
      {guard === null ? null : <p className="hint">{t(guard === 'none' ? 'bundle.unguarded' : 'bundle.guarded')}</p>}
    </Section>
  );
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Nobody compares 64 digits by eye. */
function Compare({ digest }: { readonly digest: string }): ReactNode {
  const { t } = useDesk();
  const [published, setPublished] = useState('');
  const given = published.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  const isWhole = DIGEST.test(given) && DIGEST.test(digest);
  return (
    <div className="stack">
      <Field
        label={t('bundle.published')}
        value={published}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setPublished(event.target.value)}
      />
      {!isWhole ? null : given === digest ? (
        <Notice>{t('bundle.same')}</Notice>
      ) : (
        <Failure title={t('bundle.differs')} text={t('bundle.differsText')} />
      )}
    </div>
  );
}

/** As the relay hands it out now: what is compared with what was published. */
async function bundleDigest(): Promise<string> {
  const bytes = await (await fetch('/bundle.json')).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
