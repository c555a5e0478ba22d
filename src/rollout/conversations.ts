import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isJsonObject } from '../core/json.ts';
import type { ProviderCall } from '../core/provider-call.ts';

/** Answers that may still be continued on the arm that they came from; of others a new arm is drawn, and kept. */
const MAX_ANSWERS = 20_000;

/** What the arm of a request is drawn for. */
export interface DrawSubject {
  readonly drawId: string;
  /** Whether it belongs to a conversation that the provider keeps. */
  readonly isBound: boolean;
  /** Whether it goes on from an earlier answer: its arm was not drawn by chance any more. */
  readonly isContinued: boolean;
}

/** Keeps the conversations whose state is at the provider on one arm each. */
export interface Conversations {
  subjectOf(call: ProviderCall): DrawSubject;
  /** Takes note of an answer, so that what goes on from it is drawn like the request that it answered. */
  answered(call: ProviderCall, responseId: string, drawId: string): void;
}

/** Creates them, with nothing known. */
export function createConversations(): Conversations {
  const drawIds = new LRUCache<string, string>({ max: MAX_ANSWERS });
  return {
    subjectOf(call) {
      const { endpoint, body, drawId, key } = call;
      if (endpoint !== 'responses') return { drawId, isBound: false, isContinued: false };
      const conversation = conversationId(body.conversation);
      if (conversation !== undefined) {
        return { drawId: idOf(key.id, conversation), isBound: true, isContinued: false };
      }
      const previous = body.previous_response_id;
      if (typeof previous !== 'string') return { drawId, isBound: false, isContinued: false };
      const id = idOf(key.id, previous);
      return { drawId: drawIds.get(id) ?? id, isBound: true, isContinued: true };
    },
    answered({ key }, responseId, drawId) {
      drawIds.set(idOf(key.id, responseId), drawId);
    },
  };
}

/** The API takes the id, or an object that has it. */
function conversationId(conversation: unknown): string | undefined {
  const id = isJsonObject(conversation) ? conversation.id : conversation;
  return typeof id === 'string' ? id : undefined;
}

/** By key, as one client must not be able to tell what another's ids are drawn to. */
function idOf(keyId: string, id: string): string {
  return hash('sha1', `${keyId}\n${id}`, 'base64url');
}
