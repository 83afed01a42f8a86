// What answers what: each request of the protocol with its answers and the type of its failure.
export const operations = {
  'auth/logout': { answers: [], failure: 'error' },
  'user/view': { answers: ['user/view-response'], failure: 'user/view-response' },
  'group/create': { answers: ['group/created'], failure: 'group/create-failed' },
  'group/edit': { answers: ['group/edited'], failure: 'group/edit-failed' },
  'group/list': { answers: ['group/list-response'], failure: 'group/list-response' },
  'group/view': { answers: ['group/view-response'], failure: 'group/view-response' },
  'group/join': { answers: ['group/joined', 'group/join-requested'], failure: 'group/join-failed' },
  'group/leave': { answers: ['group/left'], failure: 'group/leave-failed' },
  'group/remove': { answers: ['group/removed'], failure: 'group/remove-failed' },
  'conversation/create': { answers: ['conversation/created'], failure: 'conversation/create-failed' },
  'conversation/edit': { answers: ['conversation/edited'], failure: 'conversation/edit-failed' },
  'conversation/list': { answers: ['conversation/list-response'], failure: 'conversation/list-response' },
  'conversation/remove': { answers: ['conversation/removed'], failure: 'conversation/remove-failed' },
  'conversation/type-start': { answers: [], failure: 'error' },
  'conversation/type-end': { answers: [], failure: 'error' },
  'message/create': { answers: ['message/created'], failure: 'message/create-failed' },
  'message/edit': { answers: ['message/edited'], failure: 'message/edit-failed' },
  'message/remove': { answers: ['message/removed'], failure: 'message/remove-failed' },
  'message/list': { answers: ['message/list-response'], failure: 'message/list-response' },
  'message/heads': { answers: ['message/heads-response'], failure: 'message/heads-response' },
  'message/sync': { answers: ['message/sync-response'], failure: 'message/sync-response' },
};

/** The codes that a server message may carry over a WebSocket, and the two that only HTTP knows. */
export const codes = [
  'bad_request', 'unknown_type', 'invalid_field', 'forbidden', 'not_found', 'conflict',
  'rate_limited', 'unavailable', 'internal',
];
export const httpCodes = ['unauthenticated', 'too_large'];
