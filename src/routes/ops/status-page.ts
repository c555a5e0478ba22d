import { type Request, type Response, Router } from 'express';

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

/** The page at `/`, and at `/models` for browsers, until there is an admin UI. */
export function createStatusPageRouter(): Router {
  const router = Router();
  router.get('/', sendPage);
  // The admin UI has a page of that name, and clients a list of models: whoever would rather have HTML is a person.
  router.get('/models', (request, response, next) => {
    response.vary('accept');
    if (request.accepts(['json', 'html']) === 'html') sendPage(request, response);
    else next();
  });
  return router;
}

function sendPage(_request: Request, response: Response): void {
  response.type('html').send(PAGE);
}
