/** What has expired opens nothing any more; these only keep the tables short. */
export { deleteExpiredChallenges as sweepChallenges, deleteExpiredSessions as sweepSessions } from './store.js';
