# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = The event was accepted for this connection.
timeline-attempt_started = PSA Bridge sends its request to the PSA.
timeline-ticket_created = The PSA created ticket { $detail }.
timeline-ticket_found = Ticket { $detail } was found in the PSA although its answer had been lost. No second one is created.
timeline-note_added = A note was added to ticket { $detail }.
timeline-note_found = The note was found on ticket { $detail } although the PSA’s answer had been lost. No second one is added.
timeline-note_refused = The PSA refused the note, so the event gets a ticket of its own.
timeline-ticket_closed = Ticket { $detail } was closed, because the problem is over.
timeline-ticket_left_open = The ticket stays open: somebody works on it, or the PSA did not let PSA Bridge close it.
timeline-ticket_reopened = Ticket { $detail } was opened again, because the problem is back.
timeline-reopen_refused = The PSA did not let PSA Bridge open the ticket again, so the event gets a ticket of its own.
timeline-rolled_up = It was listed on ticket { $detail }, which stands for many problems at once.
timeline-outcome_unknown = The PSA’s answer was lost. PSA Bridge waits until a ticket or note would be visible and then looks for it, so that there is never a second one.
timeline-not_found = The lost request left nothing in the PSA. PSA Bridge tries again.
timeline-look_again = PSA Bridge could not look into the PSA and looks again later.
timeline-try_again = The PSA did not do what was asked this time. PSA Bridge tries again.
timeline-ended = The event ends without a ticket.
timeline-retried = { $detail } had the event tried again.
timeline-rerouted = The organisation has been mapped meanwhile, so the event is taken up again.

## Waiting

timeline-waits-behind = Events of this connection that come first: { $count }. The next of them happened at { $time }.
timeline-waits-behind-many = Events of this connection that come first: more than { $count }. The next of them happened at { $time }.
