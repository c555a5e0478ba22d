import { describe, expect, it } from 'vitest';
import { callFor } from '../../../test/support/provider-call.ts';
import type { JsonObject } from '../../core/json.ts';
import { createConversations } from '../conversations.ts';

const ask = (drawId: string, body: JsonObject) => ({
  ...callFor({ body: {} }),
  endpoint: 'responses' as const,
  drawId,
  body,
});

describe('what an arm is drawn for', () => {
  it('is each request by itself', () => {
    const { subjectOf } = createConversations();
    const call = { ...callFor({ body: {} }), drawId: 'req_1' };
    expect(subjectOf(call)).toEqual({ drawId: 'req_1', isBound: false, isContinued: false });
    expect(subjectOf(ask('req_2', { input: 'Hello' }))).toMatchObject({ drawId: 'req_2', isBound: false });
  });

  it('is a conversation that the provider keeps, whichever request it is and however it is named', () => {
    const { subjectOf } = createConversations();
    const one = subjectOf(ask('req_1', { conversation: 'conv_1' }));
    expect(one).toMatchObject({ isBound: true, isContinued: false });
    expect(subjectOf(ask('req_2', { conversation: { id: 'conv_1' } }))).toEqual(one);
    expect(subjectOf(ask('req_3', { conversation: 'conv_2' })).drawId).not.toBe(one.drawId);
  });

  it('is the first request of a chain of answers', () => {
    const conversations = createConversations();
    const first = ask('req_1', { input: 'Hello' });
    conversations.answered(first, 'resp_1', conversations.subjectOf(first).drawId);
    const second = ask('req_2', { previous_response_id: 'resp_1' });
    const subject = conversations.subjectOf(second);
    expect(subject).toEqual({ drawId: 'req_1', isBound: true, isContinued: true });
    conversations.answered(second, 'resp_2', subject.drawId);
    expect(conversations.subjectOf(ask('req_3', { previous_response_id: 'resp_2' })).drawId).toBe('req_1');
  });

  it('is the answer itself where another process gave it, and is never counted', () => {
    const { subjectOf } = createConversations();
    const subject = subjectOf(ask('req_1', { previous_response_id: 'resp_9' }));
    expect(subject).toMatchObject({ isBound: true, isContinued: true });
    expect(subjectOf(ask('req_2', { previous_response_id: 'resp_9' }))).toEqual(subject);
  });
});
