import { instead, row, weaken } from './row.mjs'

const guard = (name) => ['doors/server/guard.test.ts', name]
const connections = (name) => ['doors/server/connections.test.ts', name]
const limits = (name) => ['doors/server/limits.test.ts', name]

/** Cases 48 to 60: who may ask the server, how much, and for how long. */
export const serve = [
  row(48, guard('a name that was rebound to this machine'), 'served-host'),
  row(48, guard('a page of another site'), 'served-origin'),
  row(48, guard('a request of a page, behind thousands of headers'), 'every-header'),
  row(48, guard('text that a page may send without asking'), 'served-content-type'),
  row(49, guard('with a token nothing is answered without it'), 'served-token'),
  row(
    49,
    guard('another user of this machine is refused before it says anything'),
    'welcome-connections',
    'served-peer',
  ),
  row(
    49,
    guard('another user on the port of an own connection, from another address'),
    weaken(
      'peer-address',
      'local.includes(ours) && remote.includes(theirs)',
      'ours.slice(-4) === local[0]?.slice(-4) && theirs.slice(-4) === remote[0]?.slice(-4)',
    ),
  ),
  row(49, guard('another user who leaves at once is not taken for root'), 'orphaned-peer'),
  row(49, guard('an address that others reach needs a token'), 'bind-token'),
  row(50, limits('a prototype in a body is nothing but a word'), 'body-prototype'),
  row(50, limits('1,000 levels are too many'), 'body-depth'),
  row(50, limits('a million values are too many'), 'body-values'),
  row(50, limits('bodies that are too large together'), 'bodies-together'),
  row(50, connections('a hundred connections that stop in the middle of their head'), 'silent-connections'),
  row(50, connections('a connection that asks without end and reads no answer'), 'pipelined-requests'),
  row(51, connections('a client that leaves takes along what it asked at once'), 'asked-in-turn'),
  row(51, limits('a client that leaves between two events'), 'client-left'),
  row(
    58,
    ['doors/server/tools.test.ts', 'what two requests change at once'],
    instead('one-writer', 'leave = () => undefined'),
  ),
  row(58, limits('too many are sent away'), 'queue-length'),
  row(60, ['doors/mcp/mcp.test.ts', 'what goes wrong is a result with words and a hint'], 'mcp-skills'),
  row(57, ['doors/server/skills.test.ts', 'those that write, of a repository or not there'], 'offered-skills'),
  row(
    57,
    ['doors/server/skills.test.ts', 'those that write, of a repository or not there'],
    weaken('offered-access', ' || !includes(allow, skill.access)'),
  ),
]
