import { Router } from 'express';

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

/** The page at `/`, until there is an admin UI. */
export function createStatusPageRouter(): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    response.type('html').send(PAGE);
  });
  return router;
}
