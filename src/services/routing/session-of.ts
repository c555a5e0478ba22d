import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

const HEADERS = ['x-session-id', 'x-conversation-id'];
const METADATA_FIELDS = ['session_id', 'conversation_id', 'user_id'];
const MAX_LENGTH = 512;

/**
 * The conversation, or else the user, that a request names, for targets that it is to stay with: by header, in the
 * body, in its metadata, as `user`; undefined where it names none.
 */
export function sessionOf(headers: IncomingHttpHeaders, body: JsonObject): string | undefined {
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  const { conversation } = body;
  const candidates: readonly unknown[] = [
    ...HEADERS.map((name) => headers[name]),
    body.session_id,
    body.conversation_id,
    // The Responses API takes it by its id, or as an object that has it.
    isJsonObject(conversation) ? conversation.id : conversation,
    ...METADATA_FIELDS.map((name) => metadata[name]),
    body.user,
  ];
  return candidates.find(isName);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH;
}
