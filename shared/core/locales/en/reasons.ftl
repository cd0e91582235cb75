# Why an event has no ticket yet, will get none, or how it came by one, and what the reader can do about it.
# One message a reason code.

## Set-up

reason-no_connection = No PSA is connected, so there is no ticket. Connect your PSA, map the organisation and confirm the set-up: the events of the last 48 hours then become tickets.
reason-unmapped = The organisation is not mapped to a client in the PSA. Map it within 48 hours of the event, and the ticket follows.
reason-flow_off = The flow of this organisation was switched off, so this event makes no ticket. Switch the flow on to get tickets for the events to come.
reason-not_confirmed = The set-up is not confirmed yet. Confirm it: the events of the last 48 hours then become tickets.
reason-settings_missing = The ticket settings are missing or incomplete. Complete them, and the ticket follows.
reason-client_missing = The client in the PSA to which the organisation is mapped is gone or inactive. Activate it there or map the organisation to another client, then retry the event.

## Partners of the organisation

reason-not_in_chain = You are not among the partners of this organisation, so you get no ticket for it. If that is wrong, ask the vendor to correct the organisation’s partners.
reason-chain_disagrees = The event named other partners than the registry; only partners named in both are reached. If that is wrong, ask the vendor to correct the organisation’s partners.

## Waiting

reason-waiting_turn = The event is waiting its turn behind others. The ticket follows without your doing.
reason-paused = The connection is paused, and the event is held. Resume the connection, and the event is sent.
reason-suspended_credentials = The PSA refuses the credentials, and the event is held. Enter valid credentials, or correct the API user in the PSA and check the connection: the event is then sent.
reason-suspended_permission = The API user lacks a permission in the PSA, and the event is held. Grant what the connection check names and check again: the event is then sent.
reason-suspended_unavailable = The PSA cannot be reached, and the event is held. PSA Bridge keeps trying and sends the event when the PSA answers again; you need do nothing.
reason-suspended_budget = The PSA’s request limit is used up, and the event is held. It is sent as soon as the limit allows. If this happens often, check which other tools use the PSA’s API.
reason-outcome_unknown = The PSA’s answer was lost. PSA Bridge is finding out whether the ticket was made, so that there is never a second one; you need do nothing.

## Without a ticket

reason-left_window_unrouted = For 48 hours no live connection had a mapping for this organisation, so this event stays without a ticket. Map the organisation to get tickets for the events to come.
reason-psa_refused = The PSA refused the ticket, although the connection works. Correct what its message names, usually a field in the ticket settings, then retry the event.
reason-psa_failed = The PSA could not process the ticket, not even after several attempts. Read its message, correct the cause in the PSA, then retry the event.
reason-connection_revoked = The connection was revoked before the ticket was made. Connect the PSA again and map the organisation: the events of the last 48 hours then become tickets.
reason-retention_reached = The event reached the end of its retention before a ticket could be made. If it still matters, create the ticket by hand.
reason-seat_count = This event only carries a seat count, so it makes no ticket. The count goes into the seat sync.
reason-duplicate = This event had been received before. It makes no second ticket.
reason-already_resolved = The event came after the problem’s own recovery had been reported, so it opens no ticket.
reason-resolved_while_waiting = The problem was over before its ticket could be made, so there is none.
reason-nothing_to_resolve = The problem is over, and there was no open ticket about it.
reason-superseded = The recovery is older than the latest failure, so the ticket stays open.
reason-resolve_ignored = The problem is over. The ticket settings want recoveries to be ignored, so the ticket stays as it is.
reason-note_refused = The PSA takes no note on the ticket of this problem, and a new ticket was made for that before. Look at the ticket, correct what the PSA’s message names, then retry the event.

## With a ticket

reason-ticket_created = The ticket was created in the PSA.
reason-ticket_found = After a lost answer the ticket was found in the PSA. No second one was created.
reason-note_added = It happened again while the ticket was open, so a note was added to it.
reason-ticket_resolved = The problem is over: a note says so, and the ticket was closed, because nobody had worked on it.
reason-resolve_noted = The problem is over: a note on the ticket says so. The ticket was left open: close it when nothing is left to do.
reason-ticket_reopened = The problem came back, so the ticket that had been closed for it was opened again.
reason-rolled_up = So many problems were reported at once that one ticket stands for them; this one is listed there.
reason-retried_by_person = A person retried the event.
