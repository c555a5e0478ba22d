import { describe, expect, it } from 'vitest';
import { callFor } from '../../../../../test/support/provider-call.ts';
import type { Compat } from '../../../../core/catalog.ts';
import type { JsonObject } from '../../../../core/json.ts';
import { headersInBody, withoutHeaders } from '../headers-in-body.ts';

const headersOf = (compat: Compat, body: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
  headersInBody(callFor({ body, headers, key: { id: 'k', path: 'litellm', compat } }));

describe('the headers that a body asks for', () => {
  it.each([
    [{ betas: ['a', 'b'] }, {}, { 'anthropic-beta': 'a,b' }],
    [{ betas: ['b', 5, null] }, { 'anthropic-beta': 'a' }, { 'anthropic-beta': 'a,b' }],
    [{ betas: 'a' }, {}, { 'anthropic-beta': 'a' }],
    [{ betas: [] }, {}, {}],
    [{ betas: null }, {}, {}],
    [{}, {}, {}],
    [{ anthropic_beta: 'a', anthropic_version: 'v' }, {}, {}],
  ])('are under openai, for %j beside %j, %j', (body, headers, expected) => {
    expect(headersOf('openai', body, headers)).toEqual(expected);
  });

  it.each([
    [{ anthropic_beta: 'a' }, {}, { 'anthropic-beta': 'a' }],
    [{ anthropic_beta: ['a', 'b'] }, {}, { 'anthropic-beta': 'a,b' }],
    [{ anthropic_version: '2024-01-01' }, {}, { 'anthropic-version': '2024-01-01' }],
    [{ anthropic_beta: 'a' }, { 'anthropic-beta': 'mine' }, { 'anthropic-beta': 'mine' }],
    [
      { anthropic_version: 'a' },
      { 'anthropic-version': '2023-06-01' },
      { 'anthropic-version': '2023-06-01' },
    ],
    [{ betas: ['a'] }, {}, {}],
    [{ anthropic_beta: 5 }, {}, {}],
  ])('are under portkey, for %j beside %j, %j', (body, headers, expected) => {
    expect(headersOf('portkey', body, headers)).toEqual(expected);
  });

  it('are no fields of what Portkey’s request goes on with', () => {
    expect(withoutHeaders({ model: 'm', anthropic_beta: 'a', anthropic_version: 'v', betas: ['b'] })).toEqual(
      {
        model: 'm',
        betas: ['b'],
      },
    );
  });
});
