/**
 * Loaded into the bundled gateway's process before the gateway itself: what Portkey has no option for. Nothing of it
 * touches the bytes of a call or of its answer.
 */
import { bindToLoopback } from './bind-to-loopback.ts';
import { endWithParent } from './end-with-parent.ts';
import { refusePrivateAddresses } from './refuse-private-addresses.ts';
import { refuseRedirects } from './refuse-redirects.ts';
import { followTrustedHosts, isTrustedHost } from './trusted-hosts.ts';

bindToLoopback();
endWithParent();
followTrustedHosts();
refusePrivateAddresses(isTrustedHost);
refuseRedirects();
