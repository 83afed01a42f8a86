// Who may what, written from docs/protocol.md alone. tests/e2e/rights.test.js asks every cell of a real TinCan.
//
//   outsider   has never had to do with the group
//   requester  asked to be let in while the group was private; nobody has answered him
//   removed    was a member and in every conversation; the owner has removed him from the group
//   member     of the group, and in its open conversations
//   dropped    a member who was in the closed conversations and has been taken out of them
//   listed     a member, and a participant of the closed conversations
//   author     the same, and he wrote the message that is asked about
//   maker      a member, who made the conversation
//   owner      of the group
//
//   yes   is done          asks  is done as a request: group/join-requested
//   forb  forbidden        none  not_found, and byte for byte what the id of nothing gets
//   conf  conflict         not   a list without it, byte for byte what a question about nothing gets
//
// Two askers are not in the tables, since their answer is the same everywhere: who has no token gets 401 before the
// upgrade, and who has logged out gets nothing at all.

export const askers = ['outsider', 'requester', 'removed', 'member', 'dropped', 'listed', 'author', 'maker', 'owner'];

/** What anybody may who is logged in, whatever he is to whom. */
export const anyone = ['group/create', 'user/view', 'auth/logout'];

/** A group's rows, by its visibility. */
export const groups = {
  public: rows(`
                                         outsider requester removed member dropped listed author maker owner
    group/list                           yes      yes       yes     yes    yes     yes    yes    yes   yes
    group/list, mine                     not      not       not     yes    yes     yes    yes    yes   yes
    group/view                           yes      yes       yes     yes    yes     yes    yes    yes   yes
    group/view, members                  forb     forb      forb    yes    yes     yes    yes    yes   yes
    group/view, requests                 forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/join                           yes      yes       yes     conf   conf    conf   conf   conf  conf
    group/leave                          conf     yes       conf    yes    yes     yes    yes    yes   conf
    group/remove                         forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, describe                 forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hide                     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, add the outsider         forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, remove the member        forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, accept the requester     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, refuse the requester     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hand over to the member  forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hand over to the asker   forb     forb      forb    forb   forb    forb   forb   forb  yes
    conversation/create                  forb     forb      forb    yes    yes     yes    yes    yes   yes
    conversation/create, closed          forb     forb      forb    yes    yes     yes    yes    yes   yes
    conversation/list                    forb     forb      forb    yes    yes     yes    yes    yes   yes
  `),
  private: rows(`
                                         outsider requester removed member dropped listed author maker owner
    group/list                           yes      yes       yes     yes    yes     yes    yes    yes   yes
    group/list, mine                     not      not       not     yes    yes     yes    yes    yes   yes
    group/view                           yes      yes       yes     yes    yes     yes    yes    yes   yes
    group/view, members                  forb     forb      forb    yes    yes     yes    yes    yes   yes
    group/view, requests                 forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/join                           asks     conf      asks    conf   conf    conf   conf   conf  conf
    group/leave                          conf     yes       conf    yes    yes     yes    yes    yes   conf
    group/remove                         forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, describe                 forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hide                     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, add the outsider         forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, remove the member        forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, accept the requester     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, refuse the requester     forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hand over to the member  forb     forb      forb    forb   forb    forb   forb   forb  yes
    group/edit, hand over to the asker   forb     forb      forb    forb   forb    forb   forb   forb  yes
    conversation/create                  forb     forb      forb    yes    yes     yes    yes    yes   yes
    conversation/create, closed          forb     forb      forb    yes    yes     yes    yes    yes   yes
    conversation/list                    forb     forb      forb    yes    yes     yes    yes    yes   yes
  `),
  // Requests are dropped when a group turns hidden.
  hidden: rows(`
                                         outsider requester removed member dropped listed author maker owner
    group/list                           not      not       not     yes    yes     yes    yes    yes   yes
    group/list, mine                     not      not       not     yes    yes     yes    yes    yes   yes
    group/view                           none     none      none    yes    yes     yes    yes    yes   yes
    group/view, members                  none     none      none    yes    yes     yes    yes    yes   yes
    group/view, requests                 none     none      none    forb   forb    forb   forb   forb  yes
    group/join                           none     none      none    conf   conf    conf   conf   conf  conf
    group/leave                          none     none      none    yes    yes     yes    yes    yes   conf
    group/remove                         none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, describe                 none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, hide                     none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, add the outsider         none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, remove the member        none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, accept the requester     none     none      none    forb   forb    forb   forb   forb  conf
    group/edit, refuse the requester     none     none      none    forb   forb    forb   forb   forb  conf
    group/edit, hand over to the member  none     none      none    forb   forb    forb   forb   forb  yes
    group/edit, hand over to the asker   none     none      none    forb   forb    forb   forb   forb  yes
    conversation/create                  none     none      none    yes    yes     yes    yes    yes   yes
    conversation/create, closed          none     none      none    yes    yes     yes    yes    yes   yes
    conversation/list                    none     none      none    yes    yes     yes    yes    yes   yes
  `),
};

/** A conversation's rows, the same in groups of every visibility, by what kind of conversation it is. */
export const conversations = {
  'of the whole group': rows(`
                                         outsider requester removed member dropped listed author maker owner
    conversation/list                    not      not       not     yes    yes     yes    yes    yes   yes
    conversation/edit, name              none     none      none    forb   forb    forb   forb   yes   yes
    conversation/edit, add               none     none      none    forb   forb    forb   forb   conf  conf
    conversation/edit, remove another    none     none      none    forb   forb    forb   forb   conf  conf
    conversation/edit, go                none     none      none    conf   conf    conf   conf   conf  conf
    conversation/edit, name and go       none     none      none    forb   forb    forb   forb   conf  conf
    conversation/remove                  none     none      none    forb   forb    forb   forb   yes   yes
    conversation/type-start              none     none      none    yes    yes     yes    yes    yes   yes
    conversation/type-end                none     none      none    yes    yes     yes    yes    yes   yes
    message/create                       none     none      none    yes    yes     yes    yes    yes   yes
    message/edit                         none     none      none    forb   forb    forb   yes    forb  forb
    message/edit, of none                none     none      none    none   none    none   none   none  none
    message/remove                       none     none      none    forb   forb    forb   yes    yes   yes
    message/remove, of none              none     none      none    none   none    none   none   none  none
    message/list                         none     none      none    yes    yes     yes    yes    yes   yes
    message/heads                        not      not       not     yes    yes     yes    yes    yes   yes
    message/sync                         not      not       not     yes    yes     yes    yes    yes   yes
  `),
  // The group's owner may list, edit and remove it, and not know what is said in it.
  'closed, without the group\'s owner': rows(`
                                         outsider requester removed member dropped listed author maker owner
    conversation/list                    not      not       not     not    not     yes    yes    yes   yes
    conversation/edit, name              none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, add               none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, remove another    none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, go                none     none      none    none   none    yes    yes    yes   conf
    conversation/edit, name and go       none     none      none    none   none    forb   forb   yes   conf
    conversation/remove                  none     none      none    none   none    forb   forb   yes   yes
    conversation/type-start              none     none      none    none   none    yes    yes    yes   forb
    conversation/type-end                none     none      none    none   none    yes    yes    yes   forb
    message/create                       none     none      none    none   none    yes    yes    yes   forb
    message/edit                         none     none      none    none   none    forb   yes    forb  forb
    message/edit, of none                none     none      none    none   none    none   none   none  forb
    message/remove                       none     none      none    none   none    forb   yes    yes   forb
    message/remove, of none              none     none      none    none   none    none   none   none  forb
    message/list                         none     none      none    none   none    yes    yes    yes   forb
    message/heads                        not      not       not     not    not     yes    yes    yes   not
    message/sync                         not      not       not     not    not     yes    yes    yes   not
  `),
  'closed, with the group\'s owner': rows(`
                                         outsider requester removed member dropped listed author maker owner
    conversation/list                    not      not       not     not    not     yes    yes    yes   yes
    conversation/edit, name              none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, add               none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, remove another    none     none      none    none   none    forb   forb   yes   yes
    conversation/edit, go                none     none      none    none   none    yes    yes    yes   yes
    conversation/edit, name and go       none     none      none    none   none    forb   forb   yes   yes
    conversation/remove                  none     none      none    none   none    forb   forb   yes   yes
    conversation/type-start              none     none      none    none   none    yes    yes    yes   yes
    conversation/type-end                none     none      none    none   none    yes    yes    yes   yes
    message/create                       none     none      none    none   none    yes    yes    yes   yes
    message/edit                         none     none      none    none   none    forb   yes    forb  forb
    message/edit, of none                none     none      none    none   none    none   none   none  none
    message/remove                       none     none      none    none   none    forb   yes    yes   yes
    message/remove, of none              none     none      none    none   none    none   none   none  none
    message/list                         none     none      none    none   none    yes    yes    yes   yes
    message/heads                        not      not       not     not    not     yes    yes    yes   yes
    message/sync                         not      not       not     not    not     yes    yes    yes   yes
  `),
  // Its maker's rights last while he takes part.
  'closed, and left by its maker': rows(`
                                         outsider requester removed member dropped listed author maker owner
    conversation/list                    not      not       not     not    not     yes    yes    not   yes
    conversation/edit, name              none     none      none    none   none    forb   forb   none  yes
    conversation/edit, add               none     none      none    none   none    forb   forb   none  yes
    conversation/edit, remove another    none     none      none    none   none    forb   forb   none  yes
    conversation/edit, go                none     none      none    none   none    yes    yes    none  conf
    conversation/edit, name and go       none     none      none    none   none    forb   forb   none  conf
    conversation/remove                  none     none      none    none   none    forb   forb   none  yes
    conversation/type-start              none     none      none    none   none    yes    yes    none  forb
    conversation/type-end                none     none      none    none   none    yes    yes    none  forb
    message/create                       none     none      none    none   none    yes    yes    none  forb
    message/edit                         none     none      none    none   none    forb   yes    none  forb
    message/edit, of none                none     none      none    none   none    none   none   none  forb
    message/remove                       none     none      none    none   none    forb   yes    none  forb
    message/remove, of none              none     none      none    none   none    none   none   none  forb
    message/list                         none     none      none    none   none    yes    yes    none  forb
    message/heads                        not      not       not     not    not     yes    yes    not   not
    message/sync                         not      not       not     not    not     yes    yes    not   not
  `),
};

/** A grid's cells: [{row, asker, outcome}]. The last words of a line are what the askers get. */
function rows(grid) {
  const [head, ...lines] = grid.split('\n').map((line) => line.trim()).filter(Boolean);
  const columns = head.split(/\s+/);
  return lines.flatMap((line) => {
    const words = line.split(/\s+/);
    const row = words.slice(0, -columns.length).join(' ');
    return columns.map((asker, i) => ({ row, asker, outcome: words.at(i - columns.length) }));
  });
}
