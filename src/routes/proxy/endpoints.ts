import { GatewayError } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';

/** An endpoint that clients call. */
export interface EndpointRoute {
  readonly endpoint: Endpoint;
  /** Below `/v1`; each route is served with and without it. */
  readonly path: string;
  /** Whether the OpenAI dialect's `stream_options` belongs here. */
  readonly takesStreamOptions: boolean;
  /** Whether the body must have messages. */
  readonly needsMessages: boolean;
  /** Whether the body may be a form, as those are that carry a file. */
  readonly takesForm?: boolean;
}

const plain = { takesStreamOptions: false, needsMessages: false };

/** Chat completions. */
export const CHAT_ROUTE: EndpointRoute = {
  endpoint: 'chat.completions',
  path: '/chat/completions',
  takesStreamOptions: true,
  needsMessages: true,
};

export const ENDPOINT_ROUTES: readonly EndpointRoute[] = [
  CHAT_ROUTE,
  { endpoint: 'completions', path: '/completions', takesStreamOptions: true, needsMessages: false },
  { endpoint: 'embeddings', path: '/embeddings', ...plain },
  { endpoint: 'moderations', path: '/moderations', ...plain },
  { endpoint: 'responses', path: '/responses', ...plain },
  { endpoint: 'messages', path: '/messages', takesStreamOptions: false, needsMessages: true },
  {
    endpoint: 'messages.count_tokens',
    path: '/messages/count_tokens',
    takesStreamOptions: false,
    needsMessages: true,
  },
  { endpoint: 'images.generations', path: '/images/generations', ...plain },
  { endpoint: 'images.edits', path: '/images/edits', ...plain, takesForm: true },
  { endpoint: 'images.variations', path: '/images/variations', ...plain, takesForm: true },
  { endpoint: 'audio.speech', path: '/audio/speech', ...plain },
  { endpoint: 'audio.transcriptions', path: '/audio/transcriptions', ...plain, takesForm: true },
  { endpoint: 'audio.translations', path: '/audio/translations', ...plain, takesForm: true },
];

/**
 * Checks what every path needs and leaves all else to the provider.
 * @returns the name of the model the client asks for
 * @throws GatewayError naming the field
 */
export function checkRequest(route: EndpointRoute, body: JsonObject): { readonly model: string } {
  const model = requireModel(body.model);
  if (route.needsMessages) requireMessages(body.messages);
  if (body.stream !== undefined && body.stream !== null && typeof body.stream !== 'boolean') {
    throw new GatewayError('invalid_type', "'stream' must be a boolean.", { param: 'stream' });
  }
  return { model };
}

function requireModel(model: unknown): string {
  if (model === undefined || model === null || model === '') throw missing('model');
  if (typeof model !== 'string') {
    throw new GatewayError('invalid_type', "'model' must be a string.", { param: 'model' });
  }
  return model;
}

function requireMessages(messages: unknown): void {
  if (messages === undefined || messages === null) throw missing('messages');
  if (!Array.isArray(messages)) {
    throw new GatewayError('invalid_type', "'messages' must be an array.", { param: 'messages' });
  }
  if (messages.length === 0) {
    throw new GatewayError('empty_array', "'messages' must hold at least one message.", {
      param: 'messages',
    });
  }
}

function missing(field: string): GatewayError {
  return new GatewayError('missing_required_parameter', `Missing required parameter: '${field}'.`, {
    param: field,
  });
}
