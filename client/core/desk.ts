import { type Account } from './account/account.js';
import { type PinnedView } from './directory/pinned-view.js';
import { type Coding } from './coding/coding.js';
import { type Clock, type CreateSha256 } from './ports.js';
import { type Relay } from './relay/relay.js';

/** What a client works with once it is unlocked and connected. */
export interface Desk {
  readonly account: Account;
  readonly relay: Relay;
  readonly directory: PinnedView;
  readonly clock: Clock;
  readonly createSha256: CreateSha256;
  /** What files are coded and restored with. Without it everything is sent stored, and JPEG-LS cannot be restored. */
  readonly coding?: Coding | undefined;
}
