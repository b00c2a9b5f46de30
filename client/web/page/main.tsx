import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { DeskProvider } from './state/desk.js';
import { startGuard } from './state/guard.js';
import { takeCarried, takeInvitation } from './state/route.js';
import './style/tokens.css';
import './style/base.css';
import './style/mailbox.css';
import './style/viewer.css';
import './style/desk.css';

/** The page begins. An invitation leaves the address before anything else happens. */
const carried = takeCarried();
const invitation = takeInvitation();
void startGuard();
const place = document.getElementById('bildbote');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <DeskProvider>
        <App invitation={invitation} carried={carried} />
      </DeskProvider>
    </StrictMode>,
  );
}
