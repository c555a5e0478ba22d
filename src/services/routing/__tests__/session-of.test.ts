import { describe, expect, it } from 'vitest';
import { sessionOf } from '../session-of.ts';

describe('the session of a request (R8)', () => {
  it.each([
    [{ 'x-session-id': 'h-1' }, {}, 'h-1'],
    [{ 'x-conversation-id': 'h-2' }, {}, 'h-2'],
    [{}, { session_id: 'b-1' }, 'b-1'],
    [{}, { conversation_id: 'b-2' }, 'b-2'],
    [{}, { conversation: 'conv_1' }, 'conv_1'],
    [{}, { conversation: { id: 'conv_2' } }, 'conv_2'],
    [{}, { metadata: { session_id: 'm-1' } }, 'm-1'],
    [{}, { metadata: { conversation_id: 'm-2' } }, 'm-2'],
    [{}, { metadata: { user_id: 'm-3' } }, 'm-3'],
    [{}, { user: 'u-1' }, 'u-1'],
  ])('R8 is named by %j and %j', (headers, body, session) => {
    expect(sessionOf(headers, body)).toBe(session);
  });

  it('R8 is the conversation before it is the user, and the header before the body', () => {
    const body = {
      user: 'u',
      metadata: { user_id: 'mu', conversation_id: 'mc', session_id: 'ms' },
      conversation: 'bo',
      conversation_id: 'bc',
      session_id: 'bs',
    };
    const headers = { 'x-conversation-id': 'hc', 'x-session-id': 'hs' };
    expect(sessionOf(headers, body)).toBe('hs');
    expect(sessionOf({ 'x-conversation-id': 'hc' }, body)).toBe('hc');
    const order = ['bs', 'bc', 'bo', 'ms', 'mc', 'mu', 'u'];
    const { metadata, ...fields } = body;
    const steps = [
      body,
      { ...fields, metadata, session_id: null },
      { ...fields, metadata, session_id: null, conversation_id: 7 },
      { user: 'u', metadata },
      { user: 'u', metadata: { user_id: 'mu', conversation_id: 'mc' } },
      { user: 'u', metadata: { user_id: 'mu' } },
      { user: 'u', metadata: {} },
    ];
    expect(steps.map((step) => sessionOf({}, step))).toEqual(order);
  });

  it.each([
    [{}, {}],
    [{}, { user: '' }],
    [{}, { user: 7 }],
    [{}, { user: ['u'] }],
    [{}, { conversation: { id: 7 } }],
    [{}, { metadata: 'm' }],
    [{}, { metadata: null }],
    [{}, { user: 'x'.repeat(513) }],
    [{ 'x-session-id': '' }, {}],
  ])('R8 is none where %j and %j name none', (headers, body) => {
    expect(sessionOf(headers, body)).toBeUndefined();
  });
});
