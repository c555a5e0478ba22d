import { type Request, type Response, Router } from 'express';
import { presentsKey } from '../proxy/virtual-key-header.ts';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Banyan</title>
<h1>Banyan</h1>
<p>The gateway is running. Clients use <code>/v1/chat/completions</code> with a virtual key.</p>
<ul>
<li><a href="/health/ready">/health/ready</a>: each part's state</li>
<li><a href="/metrics">/metrics</a>: metrics for Prometheus</li>
</ul>
</html>
`;

/**
 * The page at `/`, and at `/models` for browsers, until there is an admin UI. Clients list their models there: mount it
 * before what lists them.
 */
export function createStatusPageRouter(): Router {
  const router = Router();
  router.get('/', sendPage);
  router.get('/models', (request, response, next) => {
    response.vary('accept');
    if (isOpenedByPerson(request)) sendPage(request, response);
    else next();
  });
  return router;
}

/** Some HTTP libraries would rather have HTML as well, but they come with a key. */
function isOpenedByPerson(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html' && !presentsKey(request.headers);
}

function sendPage(_request: Request, response: Response): void {
  response.type('html').send(PAGE);
}
