import { type ReactNode, useLayoutEffect, useState } from 'react';
import { type Standing } from '../desk/view.js';
import { Failure } from './parts/controls.js';
import { RecoveryKit } from './screens/recovery-kit.js';
import { Gate } from './screens/gate.js';
import { Shell } from './screens/shell.js';
import { Elsewhere, Unlock } from './screens/unlock.js';
import { type Enrolled } from './screens/enrolled.js';
import { Welcome } from './screens/welcome.js';
import { useDesk, useErrorText } from './state/desk.js';
import { type Carried } from './state/route.js';

/** What comes first: setting up, unlocking, or the mailbox. */
export function App({
  invitation,
  carried,
}: {
  readonly invitation: string | null;
  readonly carried: Carried | null;
}): ReactNode {
  const { worker, account, setAccount, t } = useDesk();
  const errorText = useErrorText();
  const [standing, setStanding] = useState<Standing | null>(null);
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  // Before anybody sees what a worker that has ended said.
  useLayoutEffect(() => {
    let isCurrent = true;
    setStanding(null);
    setEnrolled(null);
    worker.call('standing', null).then(
      (found) => isCurrent && setStanding(found),
      (error: unknown) => isCurrent && setFailure(errorText(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [worker, errorText]);

  if (account !== null) return <Shell />;
  if (enrolled !== null) {
    const done = (): void => void worker.call('wordsKept', null).then(() => setAccount(enrolled.account));
    return <RecoveryKit enrolled={enrolled} onDone={done} />;
  }
  if (standing === null) {
    return (
      <Gate title={t('app.name')}>
        {failure === null ? (
          <p role="status">{t('app.starting')}</p>
        ) : (
          <Failure title={t('error.title')} text={failure} />
        )}
      </Gate>
    );
  }
  switch (standing.kind) {
    case 'elsewhere':
      return <Elsewhere />;
    case 'empty':
      return <Welcome invitation={invitation} carried={carried} onEnrolled={setEnrolled} onJoined={setAccount} />;
    case 'locked':
      if (standing.isEnrolling && invitation !== null)
        return <Welcome invitation={invitation} carried={carried} onEnrolled={setEnrolled} onJoined={setAccount} />;
      return <Unlock standing={standing} onOpen={setAccount} />;
  }
}
