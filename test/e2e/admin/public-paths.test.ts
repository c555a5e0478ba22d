import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocumentedAnswers } from '../../support/documented-answers.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { askAdmin } from './admin-client.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } });
});
afterAll(() => gateway.stop());

/** The source system's, but for what only its agents, its configuration file of Portkey and its memory log needed. */
const PATHS: Readonly<Record<string, string>> = {
  '/auth/register': 'POST',
  '/auth/login': 'POST',
  '/auth/profile': 'GET',
  '/public/system-settings': 'GET',
  '/admin/providers': 'GET POST',
  '/admin/providers/{id}': 'GET PUT DELETE',
  '/admin/providers/{id}/test': 'POST',
  '/admin/providers/fetch-models': 'POST',
  '/admin/providers/batch-import': 'POST',
  '/admin/models': 'GET POST',
  '/admin/models/{id}': 'GET PUT DELETE',
  '/admin/models/by-provider/{providerId}': 'GET',
  '/admin/models/{id}/test': 'POST',
  '/admin/virtual-keys': 'GET POST',
  '/admin/virtual-keys/{id}': 'GET PUT DELETE',
  '/admin/virtual-keys/validate': 'POST',
  '/admin/config/system-settings': 'GET POST',
  '/admin/config/stats': 'GET',
  '/admin/config/api-requests': 'GET',
  '/admin/config/api-requests/{id}': 'GET',
  '/admin/config/api-requests/clean': 'POST',
  '/admin/config/routing-configs': 'GET POST',
  '/admin/config/routing-configs/{id}': 'PUT DELETE',
  '/admin/litellm-presets/stats': 'GET',
  '/admin/litellm-presets/update': 'POST',
  '/admin/litellm-presets/search': 'POST',
  '/admin/litellm-presets/model/{modelName}': 'GET',
  '/admin/portkey-gateways': 'GET POST',
  '/admin/portkey-gateways/{id}': 'GET PUT DELETE',
  '/admin/portkey-gateways/{id}/health': 'GET',
  '/admin/portkey-gateways/{id}/routing-rules': 'GET',
  '/admin/routing-rules': 'GET POST',
  '/admin/routing-rules/{id}': 'GET PUT DELETE',
  '/admin/expert-routing': 'GET POST',
  '/admin/expert-routing/{id}': 'GET PUT DELETE',
  '/admin/expert-routing/{id}/statistics': 'GET',
  '/admin/expert-routing/{id}/logs': 'GET',
  '/admin/expert-routing/{id}/logs/category/{category}': 'GET',
  '/admin/expert-routing/{id}/logs/{logId}/details': 'GET',
  '/admin/expert-routing/preferences/preview-width': 'GET POST',
};

describe('the public names of the source system', () => {
  it('N8 are the paths of the admin API, those that it renamed later by both names', async () => {
    const { operations } = await readDocumentedAnswers(`${gateway.url}/api`);
    const wanted = Object.entries(PATHS).flatMap(([path, methods]) =>
      methods.split(' ').map((method) => `${method} ${path}`),
    );
    const renamed = wanted
      .filter((name) => name.includes('/litellm-presets'))
      .map((name) => name.replace('/litellm-presets', '/model-presets'));
    expect([...wanted, ...renamed].filter((name) => !operations.includes(name))).toEqual([]);
  });

  it('N8 are the settings, which keep their names: litellmCompatEnabled among them', async () => {
    const { body } = await askAdmin(gateway, 'GET', '/config/system-settings');
    expect(body).toMatchObject({
      allowRegistration: false,
      corsEnabled: false,
      publicUrl: '',
      litellmCompatEnabled: true,
      antiBot: {
        enabled: false,
        blockBots: false,
        blockSuspicious: false,
        logOnly: false,
        allowedUserAgents: [],
        blockedUserAgents: [],
      },
    });
  });
});
