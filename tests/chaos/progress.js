// How far a client has come in each conversation: the `rev` up to which it has heard of every change.

// More than this many changes ahead of a gap are not remembered one by one; a sync brings them again.
const mostAhead = 1000;

export class Progress {
  #of = new Map();

  #state(conversation) {
    if (!this.#of.has(conversation)) this.#of.set(conversation, { rev: 0, ahead: new Set() });
    return this.#of.get(conversation);
  }

  /** Where to sync from. */
  rev(conversation) { return this.#of.get(conversation)?.rev ?? 0; }

  /** Notes a change; true when one before it is missing. */
  hear({ conversation_id: conversation, rev }) {
    const state = this.#state(conversation);
    if (rev > state.rev && state.ahead.size < mostAhead) state.ahead.add(rev);
    return this.#advance(state);
  }

  /** A sync has come to `rev`; with `reset` the server's count began anew. */
  reach(conversation, rev, reset = false) {
    const state = this.#state(conversation);
    if (reset) state.ahead.clear();
    if (reset || rev > state.rev) state.rev = rev;
    this.#advance(state);
  }

  #advance(state) {
    for (const rev of state.ahead) if (rev <= state.rev) state.ahead.delete(rev);
    while (state.ahead.delete(state.rev + 1)) state.rev += 1;
    return state.ahead.size > 0;
  }
}
